package host

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"wshd/host/room"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// resuming joins after the id in the query, and publishes what it is sent.
func resuming(r *wsh.Request) error {
	lobby, err := r.JoinAfter("lobby", r.URL.RawQuery)
	if errors.Is(err, wsh.ErrForgotten) {
		return &wsh.CloseError{Code: 4000, Reason: "forgotten"}
	}
	if err != nil {
		return err
	}
	return r.Each(lobby.Publish)
}

func TestAClientComesBackWithAnID(t *testing.T) {
	var rendered atomic.Int32
	hub := &room.Hub{Offer: stream.Offer, Retention: map[string]room.Retention{"lobby": {Messages: 10}}}
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: resuming, RenderPublication: func(p wsh.Publication) wsh.Message {
		rendered.Add(1)
		return wsh.Text(p.ID + " " + p.Message.Text())
	}}, "/plain": {DoExtraHandshake: accept, TransferData: resuming}}, Config{Rooms: hub})
	a, plain := connect(t, h.addr, "/x"), connect(t, h.addr, "/plain")
	for hub.Len("lobby") < 2 {
		runtime.Gosched()
	}
	for i := range 5 {
		a.send(wsh.OpcodeText, fmt.Sprint(i))
	}
	var said []string
	list := func() []wsh.Publication {
		kept, err := hub.History("lobby", 10)
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	for i := range 5 {
		plain.want(fmt.Sprintf(`T"%d"`, i))
	}
	for i, p := range list() {
		said = append(said, fmt.Sprintf(`T"%s %d"`, p.ID, i))
	}
	a.want(said...)
	a.goodbye()
	b := connect(t, h.addr, "/x?"+list()[1].ID)
	b.want(said[2:]...)
	b.goodbye()
	connect(t, h.addr, "/x?"+strings.ToUpper(list()[1].ID)).want(`C4000"forgotten"`)
	if got := rendered.Load(); got != 5 {
		t.Errorf("rendered %d times, want 5", got)
	}
	plain.goodbye()
}

func TestARenderPublicationThatPanicsIsLoggedOnce(t *testing.T) {
	h := serve(t, handlers{"/x": {Script: "x_wsh.go", Version: 7, DoExtraHandshake: accept, TransferData: resuming,
		RenderPublication: func(wsh.Publication) wsh.Message { panic("oh dear") }}}, Config{Rooms: &room.Hub{Offer: stream.Offer}})
	c := connect(t, h.addr, "/x")
	for i := range 3 {
		c.send(wsh.OpcodeText, fmt.Sprint(i))
		c.want(fmt.Sprintf(`T"%d"`, i))
	}
	c.goodbye()
	h.log.wait(t, "publication not rendered", "script=x_wsh.go", "version=7", "RenderPublication: panic: oh dear")
	h.log.wait(t, "connection closed")
	if n := strings.Count(h.log.String(), "not rendered"); n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
}
