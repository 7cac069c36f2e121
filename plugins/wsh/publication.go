package wsh

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"
)

// Publication is what was published to a room.
type Publication struct {
	Room    string
	ID      string    // letters, digits, - and _, to be compared for equality only; "" if the room keeps nothing
	At      time.Time // when the room took it
	Message Message
}

// History returns the last n publications that a room keeps, the oldest first; fewer if it has fewer, and
// none if it keeps nothing. Which rooms keep how much the host's rooms.history says. ErrUnavailable: what
// keeps them cannot be reached.
func History(room string, n int) ([]Publication, error) {
	rooms, err := served()
	if err != nil {
		return nil, fmt.Errorf("history of %q: %w", room, err)
	}
	return rooms.History(room, n)
}

// renderTime bounds how long a RenderPublication may take.
const renderTime = 5 * time.Second

// Renderer is the RenderPublication of one version of a handler. Handler scripts do not use it: a host
// makes one for each version, for all its connections.
type Renderer struct {
	life    *Life
	call    func(Publication) (Message, error)
	failed  func(error)
	told    sync.Once
	patient time.Duration
}

// NewRenderer makes one of h, or returns nil if h has no RenderPublication. call runs the hook; a panic is
// its error. failed is told the first of these.
func NewRenderer(h *Handler, call func(Publication) (Message, error), failed func(error)) *Renderer {
	if h.RenderPublication == nil {
		return nil
	}
	return &Renderer{life: h.Life, call: call, failed: failed, patient: renderTime}
}

var (
	errRenderedText = errors.New("RenderPublication: text is not UTF-8; the message is sent as it was published")
	errRenderedLate = errors.New("RenderPublication: has not returned in time; the message is sent as it was published. It must wait for nothing")
)

// render is what the handler makes of p; not ok: the message as it was published. The hook runs on a
// goroutine of its own: should it wait for something that waits for this room, the room goes on.
func (r *Renderer) render(p Publication) (m Message, ok bool) {
	if !r.life.Acquire() {
		return m, false
	}
	type outcome struct {
		m   Message
		err error
	}
	p.Message.Data = bytes.Clone(p.Message.Data)
	made := make(chan outcome, 1)
	go func() {
		o := outcome{err: errors.New("RenderPublication: ended its goroutine")}
		defer func() { made <- o }()
		defer r.life.Release()
		o.m, o.err = r.call(p)
	}()
	late := time.NewTimer(r.patient)
	defer late.Stop()
	var o outcome
	select {
	case o = <-made:
	case <-late.C:
		o.err = errRenderedLate
	}
	if o.err == nil && !o.m.Binary && !utf8.Valid(o.m.Data) {
		o.err = errRenderedText
	}
	if o.err != nil && r.life.Killed() == nil {
		r.told.Do(func() { r.failed(o.err) })
	}
	return o.m, o.err == nil
}

// over reports whether the version has ended: nobody will ask for what it renders.
func (r *Renderer) over() bool { return r.life.Over() }
