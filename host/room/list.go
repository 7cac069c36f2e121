package room

import (
	"slices"
	"strings"
)

// Info is a room, for those who run the host.
type Info struct {
	Name    string `json:"name"`
	Members int    `json:"members"`
	Kept    int    `json:"kept"` // publications; where NATS keeps them, those that are here
}

// List lists the rooms that have members or keep something, in order of their names.
func (h *Hub) List() []Info {
	h.mu.RLock()
	rooms := make([]*room, 0, len(h.rooms))
	for _, r := range h.rooms {
		rooms = append(rooms, r)
	}
	h.mu.RUnlock()
	list := make([]Info, 0, len(rooms))
	for _, r := range rooms {
		r.mu.Lock()
		i := Info{Name: r.name, Members: r.memberships.Len()}
		r.mu.Unlock()
		if r.history != nil {
			r.history.mu.RLock()
			i.Kept = int(r.history.end - r.history.first)
			r.history.mu.RUnlock()
		}
		if i.Members > 0 || i.Kept > 0 {
			list = append(list, i)
		}
	}
	ByName(list)
	return list
}

// ByName sorts a list.
func ByName(list []Info) {
	slices.SortFunc(list, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
}
