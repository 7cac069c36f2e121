package stream

import (
	"fmt"
	"testing"

	"wshd/plugins/wsh"
)

// Many are offered a message together, among them some that cannot take it: the others get it, whole and
// each in the order of offering.
func TestManyAreOfferedTogether(t *testing.T) {
	const n, messages = 70, 20
	conns, peers, to := make([]*Conn, n), make([]*peer, n), make([]wsh.Stream, n)
	for i := range n {
		conns[i], peers[i] = connect(t, Config{})
		to[i] = conns[i]
	}
	if conns[0].raw == nil {
		t.Skip("this system has no sockets that can be written without waiting")
	}
	writing, closed, ended, foreign := 3, 33, 34, 69
	conns[writing].out.turn.wait()
	conns[closed].nc.Close()
	conns[ended].fail(errAborted)
	to[foreign] = struct{ wsh.Stream }{conns[foreign]}
	for k := range messages {
		taken := make([]bool, n)
		Offer(outgoing(fmt.Sprint(k)), to, taken)
		for i, got := range taken {
			if want := i != writing && i != closed && i != ended && i != foreign; got != want {
				t.Errorf("message %d to %d: taken: %v, want %v", k, i, got, want)
			}
		}
	}
	conns[writing].out.turn.give()
	for i, p := range peers {
		if i == writing || i == closed || i == ended || i == foreign {
			continue
		}
		for k := range messages {
			p.want(fmt.Sprintf("T%d", k))
		}
		if got := conns[i].Stats().MessagesOut; got != messages {
			t.Errorf("%d: counted %d messages, want %d", i, got, messages)
		}
	}
	if !offered(conns[writing], outgoing("again")) {
		t.Error("who has written takes nothing")
	}
	peers[writing].want("Tagain")
}

// Nobody is offered a frame that is so large that writing it would hold the others up.
func TestAnOfferIsNotTooLarge(t *testing.T) {
	c, _ := connect(t, Config{})
	if offered(c, wsh.NewOutgoing(wsh.Binary(make([]byte, stride)))) {
		t.Errorf("%d bytes and a header were taken", stride)
	}
}
