package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"wshd/host/session"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// workerEnv tells a process that it is a handler's.
const workerEnv = "WSHD_WORKER"

// link is this process's connection to its host; nil: it is no handler's process. It is a global since the
// variables and the init of the handler, which run before Main, may use rooms.
var link = openLink()

// hostLink is what a process is link with.
type hostLink struct {
	control, log *socket
	rooms        *hostRooms
}

func openLink() *hostLink {
	if os.Getenv(workerEnv) == "" {
		return nil
	}
	os.Unsetenv(workerEnv)
	control, err := socketOf(fdControl)
	log, wrong := socketOf(fdLog)
	rooms, bad := connOf(fdRooms)
	if err := errors.Join(err, wrong, bad); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	b := &hostLink{control, log, newHostRooms(rooms)}
	wsh.Serve(b.rooms)
	return b
}

// Is reports whether this process is a handler's.
func Is() bool { return link != nil }

// Refuse tells the host why the handler cannot be loaded.
func Refuse(why string) {
	_ = link.control.send(write(kindRefuse).text(why[:min(len(why), maxDatagram/2)]), -1, handWait) // else it has gone
}

// Main runs a handler until its host has gone. It is what a compiled handler's func main calls.
func Main(h *wsh.Handler) {
	if link == nil {
		fmt.Fprintln(os.Stderr, "this is a handler that wshd runs; it is not to be started by hand")
		os.Exit(2)
	}
	w := &worker{h: watched(h), control: link.control, rooms: link.rooms, log: slog.New(&logSender{to: link.log}), sessions: map[uint64]*session.Session{}}
	w.requests = newRequests(w.h)
	w.render = w.renderer()
	w.owner = w.reports()
	w.h.Life.Acquire()
	w.h.Life.OnKill(w.killed)
	w.tell(write(kindReady))
	w.serve()
}

// killed ends the process of an interpreted handler that does what none may.
func (w *worker) killed(err error) {
	w.log.Error("handler killed, its connections are closed", append([]any{"script", w.conf.Script}, failure(err)...)...)
	fmt.Fprintln(os.Stderr, "panic:", err) // which the host gives as the reason
	os.Exit(2)
}

// worker is a handler's process.
type worker struct {
	h         *wsh.Handler
	control   *socket
	log       *slog.Logger
	requests  *requests // plain ones
	owner     session.Owner
	scheduler stream.Scheduler
	rooms     *hostRooms
	render    *wsh.Renderer
	conf      settings

	mu       sync.Mutex
	sessions map[uint64]*session.Session
	renewals renewals
}

// settings are what a host tells of its own, as JSON.
type settings struct {
	Script, Dir string // the handler, as it is named in logs, and the folder of its file
	Version     int
	Level       slog.Level
	WriteBuffer int
	FlushTime   time.Duration
}

// tell sends the host a datagram. If the host does not take it for so long, it has gone or is stopped.
func (w *worker) tell(m *writer) {
	if err := w.control.send(m, -1, time.Minute); err != nil {
		os.Exit(0)
	}
}

// serve does what the host says, until it has gone. The sessions then go too.
func (w *worker) serve() {
	buf := make([]byte, maxDatagram)
	for {
		b, fd, err := w.control.receive(buf)
		if err != nil {
			os.Exit(0)
		}
		r := &reader{b: b[1:]}
		switch kind(b[0]) {
		case kindConfig:
			if err := json.Unmarshal([]byte(r.text()), &w.conf); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(2)
			}
			w.h.Script, w.h.Version = w.conf.Script, w.conf.Version
		case kindOpen:
			w.open(r, fd)
		case kindHTTP:
			w.requests.add(fd)
		case kindPing:
			w.pong(r.num())
		case kindReplaced:
			wsh.EndVersion()
			w.h.Life.Retire() // of an interpreted one, which is held
		default:
			w.end(kind(b[0]), r)
		}
	}
}

// open begins a session.
func (w *worker) open(r *reader, fd int) {
	n, id, path, https := r.num(), r.text(), r.text(), r.yes()
	version := int(r.num())
	var expires time.Time
	if n := r.num(); n > 0 {
		expires = time.Unix(0, int64(n))
	}
	bounds, early := stream.Config{}, ""
	err := json.Unmarshal([]byte(r.text()), &bounds)
	if err == nil {
		early = r.text()
	}
	q, bad := readRequest(r)
	nc, wrong := connOf(fd)
	if err != nil || bad != nil || wrong != nil || r.err != nil {
		w.log.Error("take a connection over", "err", fmt.Sprint(err, bad, wrong, r.err))
		w.tell(write(kindEnded).num(n).yes(false).num(0).num(0).num(0).num(0).num(uint64(wsh.StatusAbnormalClosure)))
		return
	}
	bounds.Scheduler = &w.scheduler
	h := *w.h
	h.Version = version // which is known only once the process runs
	s := session.New(nc, []byte(early), q, session.Config{ID: id, Path: path, Handler: &h, HTTPS: https, Expires: expires, Renew: w.renewal(n), Rooms: w.rooms, Render: w.render, Stream: bounds, Owner: w.ownerOf(n),
		Log: w.log, WriteBuffer: w.conf.WriteBuffer, FlushTime: w.conf.FlushTime})
	w.mu.Lock()
	w.sessions[n] = s
	w.mu.Unlock()
	go s.Run()
}

// renderer has the handler render publications; nil: it does not.
func (w *worker) renderer() *wsh.Renderer {
	if w.h.RenderPublication == nil {
		return nil
	}
	return session.NewRenderer(w.h, func(err error) {
		w.log.Error("handler failed", append([]any{"script", w.conf.Script}, session.Failure(err)...)...)
	})
}

// end does what the host says with one session.
func (w *worker) end(k kind, r *reader) {
	n := r.num()
	w.mu.Lock()
	s := w.sessions[n]
	w.mu.Unlock()
	if s == nil {
		return // it has just ended
	}
	switch k {
	case kindFail:
		s.Fail(wsh.StatusCode(r.num()), r.text())
	case kindFlushAndFail:
		code, reason := wsh.StatusCode(r.num()), r.text()
		go func() {
			s.Flush()
			s.Fail(code, reason)
		}()
	case kindAbort:
		s.Abort()
	case kindRenewed:
		w.renewed(r)
	}
}

// pong answers a ping with how the sessions stand.
func (w *worker) pong(seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	m := write(kindStats)
	for n, s := range w.sessions {
		appendStats(m.num(n), s.Stats())
		if len(m.b) > maxDatagram/2 {
			w.tell(m)
			m = write(kindStats)
		}
	}
	w.tell(m)
	w.tell(write(kindPong).num(seq))
}

func appendStats(m *writer, s stream.Stats) {
	m.num(uint64(s.MessagesIn)).num(uint64(s.MessagesOut)).num(uint64(s.BytesIn)).num(uint64(s.BytesOut)).num(uint64(s.CloseCode))
}

func readStats(r *reader) stream.Stats {
	return stream.Stats{MessagesIn: int64(r.num()), MessagesOut: int64(r.num()), BytesIn: int64(r.num()), BytesOut: int64(r.num()),
		CloseCode: wsh.StatusCode(r.num())}
}

// ownerOf reports of session n.
func (w *worker) ownerOf(n uint64) *session.Owner {
	o := w.owner
	o.Answered = func(_ session.Connection, answer string) { w.tell(write(kindAnswered).num(n).text(answer)) }
	o.Returned = func(_ session.Connection, hook string, took time.Duration) {
		w.tell(write(kindReturned).num(n).text(hook).num(uint64(took)))
	}
	o.Failed = func(_ session.Connection, hook string, err error) {
		w.tell(write(kindFailed).num(n).text(hook).text(err.Error()))
	}
	o.Ended = func(s session.Connection) {
		w.mu.Lock()
		delete(w.sessions, n)
		w.mu.Unlock()
		m := write(kindEnded).num(n).yes(s.Accepted())
		appendStats(m, s.Stats())
		w.tell(m)
	}
	return &o
}

func (w *worker) reports() session.Owner {
	return session.Owner{
		Refused: func(log *slog.Logger, reason string) {
			log.Info("handshake refused", "reason", reason)
			w.tell(write(kindRefused).text(reason))
		},
		Hit: func(limit string) { w.tell(write(kindHit).text(limit)) },
	}
}

// watched is h, with panics that tell where in the handler they happened.
func watched(h *wsh.Handler) *wsh.Handler {
	c := *h
	if f := h.DoExtraHandshake; f != nil {
		c.DoExtraHandshake = func(r *wsh.Request) error { defer placePanic(); return f(r) }
	}
	if f := h.TransferData; f != nil {
		c.TransferData = func(r *wsh.Request) error { defer placePanic(); return f(r) }
	}
	if f := h.PassiveClosingHandshake; f != nil {
		c.PassiveClosingHandshake = func(r *wsh.Request) (wsh.StatusCode, string, error) { defer placePanic(); return f(r) }
	}
	if f := h.RenderPublication; f != nil {
		c.RenderPublication = func(p wsh.Publication) wsh.Message { defer placePanic(); return f(p) }
	}
	if f := h.ServeHTTP; f != nil {
		c.ServeHTTP = func(w http.ResponseWriter, q *http.Request) { defer placePanic(); f(w, q) }
	}
	return &c
}

// Failed logs what a goroutine has failed with that an interpreted handler has started.
func Failed(script string, err error) {
	attrs := append([]any{"script", script}, failure(err)...)
	slog.New(&logSender{to: link.log}).Error("goroutine of a handler failed", attrs...)
}

// failure is an error as it is logged, with its stack if it has one.
func failure(err error) []any {
	attrs := []any{"err", err}
	if at, ok := err.(interface{ Trace() string }); ok && at.Trace() != "" {
		attrs = append(attrs, "stack", at.Trace())
	}
	return attrs
}
