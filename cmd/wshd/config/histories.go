package config

import (
	"errors"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Histories say which rooms keep what.
type Histories []History

// History is what the rooms of one name keep, or of all that begin so, where a * is at its end.
type History struct {
	Room     string        `yaml:"-"`
	Messages int           `yaml:"messages"`
	Age      time.Duration `yaml:"age"`
}

func (f *configFile) histories(p *Histories, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return errors.New(`is no map (write {chat: {messages: 100, age: 24h}})`)
	}
	*p = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		at, value := resolve(n.Content[i]), n.Content[i+1]
		h := History{Room: at.Value}
		if slices.ContainsFunc(*p, func(other History) bool { return other.Room == h.Room }) {
			f.add(at, "rooms.history: %q stands there twice", at.Value)
			continue
		}
		in := &configFile{name: f.name, within: "rooms.history: " + at.Value, from: map[string]string{},
			keys: keysOf(nil, reflect.ValueOf(&h).Elem(), "")[1:]}
		in.mapping(value, "")
		f.errors = append(f.errors, in.errors...)
		switch {
		case len(in.errors) > 0:
		case h.Room == "" || strings.Contains(h.Room[:len(h.Room)-1], "*"):
			f.add(at, `rooms.history: %q: a * stands at the end only (write news/*, or "*" for all rooms)`, at.Value)
		case in.from["messages"] == "" && f.name != "" || h.Messages == 0 && h.Age > 0:
			f.add(at, "rooms.history: %s: how many messages? (write {messages: 100}; 0: none)", at.Value)
		case h.Age > 0 && h.Age < time.Second:
			f.add(at, "rooms.history: %s: an age of %v (write 1s or more; 0s: however old)", at.Value, h.Age)
		default:
			*p = append(*p, h)
		}
	}
	return nil
}

// set reads histories as a flag or a variable has them: as in the file, in one line.
func (p *Histories) set(s string) error { return fromOneLine(p, s, (*configFile).histories) }

var subjectName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,50}$`)

func (s *Settings) checkRooms(bad func(key, format string, args ...any)) {
	n := s.Rooms.NATS
	if s.Rooms.Store != "" && len(n.Servers) > 0 {
		bad(s.either("rooms.store", "rooms.nats.servers"), "rooms.store is for one wshd, rooms.nats.servers for several, which keep it themselves (give either)")
	}
	if s.Rooms.Sync && s.Rooms.Store == "" {
		bad("rooms.sync", "there is no folder to write to (rooms.store)")
	}
	for _, key := range []struct{ name, value string }{{"rooms.nats.credentials", n.Credentials}, {"rooms.nats.ca", n.CA}} {
		if key.value != "" && len(n.Servers) == 0 {
			bad(key.name, "for which servers? (rooms.nats.servers)")
		}
	}
	for _, address := range n.Servers {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			bad("rooms.nats.servers", "%q is no address of a NATS server (write nats://10.0.0.1:4222, or tls://...)", address)
		}
	}
	if n.Prefix != "" && !subjectName.MatchString(n.Prefix) {
		bad("rooms.nats.prefix", "%q is no name (letters, digits, - and _, at most 50)", n.Prefix)
	}
	if n.Replicas < 1 || n.Replicas > 5 {
		bad("rooms.nats.replicas", "a stream has 1 to 5 copies, and no more than there are servers (write 1, or 3 with three servers)")
	}
}
