package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// Rooms is how programs other than handlers publish to rooms and inspect them. All fields are required.
type Rooms struct {
	Publish func(room string, m wsh.Message, how wsh.PublishOptions) (id string, err error)
	Direct  func(to wsh.Addressee, e wsh.Action) error
	List    func() []room.Info // in order of their names
	Members func(room string) []wsh.Member
	History func(room string, n int) ([]wsh.Publication, error)
	Stats   func() room.Stats

	MessageSize int64 // bytes of one message
}

// Bounds of what is asked.
const (
	maxKey    = 200   // bytes of an Idempotency-Key
	maxRooms  = 10000 // in a list
	maxLast   = 1000  // publications that are shown
	showLast  = 10    // without last=
	maxTarget = 100   // rooms of one POST /rooms
)

// rooms adds what is there of rooms. The tokens are taken from the header only: what a browser sends by itself
// publishes nothing.
func (a *Admin) rooms(mux *http.ServeMux) {
	speak := []string{a.c.Token, a.c.PublishToken}
	look := []string{a.c.Token}
	mux.Handle("POST /rooms/{room...}", a.needHeader(speak, a.publish))
	mux.Handle("POST /rooms", a.needHeader(speak, a.publishToAll))
	mux.Handle("GET /rooms", a.needHeader(look, a.listRooms))
	mux.Handle("GET /rooms/{room...}", a.needHeader(look, a.showRoom))
	mux.Handle("POST /connections/{id}/close", a.needHeader(look, a.closeConnection))
}

// needHeader lets in who shows one of the tokens in the header. An error is an answer in JSON.
func (a *Admin) needHeader(tokens []string, serve func(w http.ResponseWriter, q *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		err := mayUse(tokens, q.Header)
		if no := new(failure); errors.As(err, &no) {
			a.c.Refused(q, no.status, no.why)
		}
		if err == nil && a.c.Rooms == nil {
			err = &failure{http.StatusNotFound, "there are no rooms"}
		}
		if err == nil {
			err = serve(w, q)
		}
		if err != nil {
			fail(w, err)
		}
	})
}

func mayUse(tokens []string, h http.Header) error {
	open := false
	bearer, shown := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	for _, token := range tokens {
		if token == "" {
			continue
		}
		open = true
		if shown && same(bearer, token) {
			return nil
		}
	}
	switch {
	case !open:
		return &failure{http.StatusForbidden, "closed: set admin.token to open it (admin.publish_token opens publishing only)"}
	case !shown:
		return &failure{http.StatusUnauthorized, "a token is needed: Authorization: Bearer TOKEN"}
	}
	return &failure{http.StatusUnauthorized, "the token is wrong, or does not open this"}
}

// failure is an answer other than success.
type failure struct {
	status int
	why    string
}

func (f *failure) Error() string { return f.why }

func fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	var f *failure
	switch {
	case errors.As(err, &f):
		status = f.status
	case errors.Is(err, wsh.ErrBadOperation):
		status = http.StatusBadRequest
	case errors.Is(err, wsh.ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, wsh.ErrUnavailable), errors.Is(err, wsh.ErrClosed):
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "1")
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="wshd"`)
	}
	answerJSON(w, status, map[string]string{"error": err.Error()})
}

func answerJSON(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what) // an error means that the client has gone
}

// message is the body of a request: binary if its type is application/octet-stream, else text.
func (a *Admin) message(w http.ResponseWriter, q *http.Request) (m wsh.Message, how wsh.PublishOptions, err error) {
	how = wsh.PublishOptions{Key: q.Header.Get("Idempotency-Key"), ID: true}
	if len(how.Key) > maxKey {
		return m, how, &failure{http.StatusBadRequest, fmt.Sprintf("the Idempotency-Key is longer than %d bytes", maxKey)}
	}
	kind, _, _ := mime.ParseMediaType(q.Header.Get("Content-Type")) // what cannot be read is no octet-stream
	m.Binary = kind == "application/octet-stream"
	m.Data, err = io.ReadAll(http.MaxBytesReader(w, q.Body, a.c.Rooms.MessageSize))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		err = &failure{http.StatusRequestEntityTooLarge, fmt.Sprintf("the message is larger than %d bytes (limits.message_size)", large.Limit)}
	case err == nil && !m.Binary && !utf8.Valid(m.Data):
		err = &failure{http.StatusBadRequest, "the text is not UTF-8 (what is binary has the Content-Type application/octet-stream)"}
	}
	return m, how, err
}

func (a *Admin) publish(w http.ResponseWriter, q *http.Request) error {
	m, how, err := a.message(w, q)
	if err != nil {
		return err
	}
	id, err := a.c.Rooms.Publish(q.PathValue("room"), m, how)
	if err != nil {
		return err
	}
	answerJSON(w, http.StatusOK, map[string]string{"id": id})
	return nil
}

// publishToAll publishes to each room= of the query, and stops at the first that fails: with a key it can all be
// asked again.
func (a *Admin) publishToAll(w http.ResponseWriter, q *http.Request) error {
	names := q.URL.Query()["room"]
	if len(names) == 0 || len(names) > maxTarget {
		return &failure{http.StatusBadRequest, fmt.Sprintf("say which rooms, at most %d: /rooms?room=a&room=b", maxTarget)}
	}
	m, how, err := a.message(w, q)
	if err != nil {
		return err
	}
	ids := map[string]string{}
	for _, name := range names {
		if ids[name], err = a.c.Rooms.Publish(name, m, how); err != nil {
			return err
		}
	}
	answerJSON(w, http.StatusOK, map[string]any{"ids": ids})
	return nil
}

func (a *Admin) listRooms(w http.ResponseWriter, _ *http.Request) error {
	list := append([]room.Info{}, a.c.Rooms.List()...)
	more := len(list) > maxRooms
	answerJSON(w, http.StatusOK, map[string]any{"rooms": list[:min(len(list), maxRooms)], "more": more})
	return nil
}

// shownMember and shownPublication are what a room shows.
type shownMember struct {
	ID     string    `json:"id"`
	Name   string    `json:"name"`
	Remote string    `json:"remote"`
	Since  time.Time `json:"since"`
}

type shownPublication struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	Text string    `json:"text,omitempty"`
	Data []byte    `json:"data,omitempty"` // of what is binary
}

func (a *Admin) showRoom(w http.ResponseWriter, q *http.Request) error {
	name, last := q.PathValue("room"), showLast
	if text := q.URL.Query().Get("last"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > maxLast {
			return &failure{http.StatusBadRequest, fmt.Sprintf("last is a number from 0 to %d", maxLast)}
		}
		last = n
	}
	history, err := a.c.Rooms.History(name, last)
	if err != nil {
		return err
	}
	members, kept := []shownMember{}, []shownPublication{}
	for _, m := range a.c.Rooms.Members(name) {
		members = append(members, shownMember{m.ID, m.Name, m.RemoteAddr, m.Since})
	}
	for _, p := range history {
		s := shownPublication{ID: p.ID, At: p.At}
		if p.Message.Binary {
			s.Data = p.Message.Data
		} else {
			s.Text = p.Message.Text()
		}
		kept = append(kept, s)
	}
	answerJSON(w, http.StatusOK, map[string]any{"name": name, "members": members, "history": kept})
	return nil
}

// closeConnection closes one with code= and reason=; without a code with 1001.
func (a *Admin) closeConnection(w http.ResponseWriter, q *http.Request) error {
	e := wsh.Action{Code: wsh.StatusGoingAway, Reason: q.URL.Query().Get("reason")}
	if text := q.URL.Query().Get("code"); text != "" {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return &failure{http.StatusBadRequest, "code is a number, such as 4000"}
		}
		e.Code = wsh.StatusCode(n)
	}
	if !e.Code.Sendable() || len(e.Reason) > 123 || !utf8.ValidString(e.Reason) {
		return &failure{http.StatusBadRequest, "a Close frame holds a code of 1000 to 4999 but 1005, 1006 and 1015, and a reason of at most 123 bytes"}
	}
	if err := a.c.Rooms.Direct(wsh.Addressee{Member: q.PathValue("id")}, e); err != nil {
		return err
	}
	answerJSON(w, http.StatusOK, map[string]bool{"closed": true})
	return nil
}
