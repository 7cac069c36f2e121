package admin

import (
	"encoding/json"
	"net/http"
	"runtime"
	"strings"
	"time"

	"wshd/plugins/wsh"
)

// shown is how many connections the page gets at a time: of ten thousand, those that the filter finds.
const shown = 200

// news is one message of the feed to the page.
type news struct {
	Version     string       `json:"version"`
	Now         int64        `json:"now"` // milliseconds since the start, as all times
	NotReady    string       `json:"notReady,omitempty"`
	Memory      uint64       `json:"memory"` // bytes taken from the system
	Goroutines  int          `json:"goroutines"`
	Open        int64        `json:"open"`
	Ended       int64        `json:"ended"`
	Counts      Counts       `json:"counts"`
	Samples     []Sample     `json:"samples"` // since the message before
	Rooms       *RoomState   `json:"rooms,omitempty"`
	Handlers    []Handler    `json:"handlers"`
	Found       int          `json:"found"` // connections that the filter finds
	Connections []Connection `json:"connections"`
	Log         []string     `json:"log"` // since the message before
}

// wish is one message of the page.
type wish struct {
	Filter *string `json:"filter"` // show the connections with this in their path, address, name or user
	Close  string  `json:"close"`  // close this one
}

// feed sends the page what has changed, after each sample, and at once when it asks for something.
func (a *Admin) feed(r *wsh.Request) error {
	wishes := wsh.NewMessageReceiver(r)
	filter, sampled, logged := "", 0, 0
	var ended <-chan time.Time // when the browser's session ends
	if end, ok := r.Data.(time.Time); ok {
		timer := time.NewTimer(time.Until(end))
		defer timer.Stop()
		ended = timer.C
	}
	for {
		n := a.news(filter)
		var more <-chan struct{}
		n.Samples, sampled, more = a.c.History.since(sampled)
		n.Log, logged = a.c.Log.since(logged)
		text, err := json.Marshal(n)
		if err != nil {
			return err
		}
		if err := r.SendMessage(wsh.Text(string(text))); err != nil {
			return err
		}
		select {
		case <-more:
		case m, open := <-wishes.C:
			if !open {
				return wishes.Err()
			}
			var w wish
			if json.Unmarshal(m.Data, &w) != nil {
				return &wsh.CloseError{Code: wsh.StatusInvalidFramePayloadData, Reason: "not what the page sends"}
			}
			if w.Filter != nil {
				filter = strings.ToLower(*w.Filter)
			}
			if w.Close != "" {
				a.c.Close(w.Close)
			}
		case <-ended:
			return &wsh.CloseError{Code: wsh.StatusPolicyViolation, Reason: "log in again"}
		case <-a.over:
			return &wsh.CloseError{Code: wsh.StatusGoingAway}
		case <-r.Context().Done():
			return nil
		}
	}
}

func (a *Admin) news(filter string) news {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t := a.c.Totals()
	n := news{Version: a.c.Version, Now: a.c.History.At(time.Now()), Memory: m.Sys - m.HeapReleased,
		Goroutines: runtime.NumGoroutine(), Open: t.Open, Ended: t.Ended,
		Handlers: a.c.Handlers(), Connections: []Connection{}}
	if a.c.Counts != nil {
		n.Counts = a.c.Counts()
	}
	if err := a.c.Ready(); err != nil {
		n.NotReady = err.Error()
	}
	if a.c.Rooms != nil {
		state := StateOf(a.c.Rooms.Stats())
		n.Rooms = &state
	}
	for _, c := range a.c.Connections() {
		if !strings.Contains(strings.ToLower(c.Path+" "+c.Remote+" "+c.ID+" "+c.User+" "+c.Name), filter) {
			continue
		}
		if n.Found++; n.Found <= shown {
			n.Connections = append(n.Connections, c)
		}
	}
	return n
}

// statusJSON answers with what the page shows, for programs. ?filter= chooses connections, as on the page.
func (a *Admin) statusJSON(w http.ResponseWriter, q *http.Request) {
	n := a.news(strings.ToLower(q.URL.Query().Get("filter")))
	n.Samples, _, _ = a.c.History.since(0)
	n.Log, _ = a.c.Log.since(0)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(n) // an error means that the client has gone
}
