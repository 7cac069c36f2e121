package host

import (
	"testing"

	"wshd/plugins/wsh"
)

func TestSessionsAndTotals(t *testing.T) {
	h := serve(t, handlers{"/echo": {Script: "echo_wsh.go", DoExtraHandshake: accept, TransferData: echo}}, Config{})
	first, second := connect(t, h.addr, "/echo?a"), connect(t, h.addr, "/echo?b")
	for range 3 {
		first.send(wsh.OpcodeText, "four")
		first.want(`T"four"`)
	}
	list := h.Sessions()
	if len(list) != 2 || list[0].Resource != "/echo" || list[0].Script != "echo_wsh.go" || list[0].ID == list[1].ID {
		t.Fatalf("got %+v, want both connections", list)
	}
	of := map[string]Session{list[0].RemoteAddr: list[0], list[1].RemoteAddr: list[1]}
	if got := of[first.LocalAddr().String()]; got.MessagesIn != 3 || got.BytesOut != 12 {
		t.Errorf("the first: got %+v, want 3 messages of 4 bytes", got)
	}
	want := Totals{Open: 2, MessagesIn: 3, MessagesOut: 3, BytesIn: 12, BytesOut: 12}
	if got := h.Totals(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}

	if h.CloseSession("nobody") {
		t.Error("closed a connection that is not there")
	}
	if !h.CloseSession(of[first.LocalAddr().String()].ID) {
		t.Error("the first is not found")
	}
	first.want(`C1001"closed by an administrator"`)
	first.sendClose(1001, "")
	first.want("EOF")
	first.Close()
	h.log.wait(t, "connection closed")
	for h.Connections() == 2 {
		second.send(wsh.OpcodeText, "")
		second.want(`T""`)
	}
	got := h.Totals()
	if got.Open != 1 || got.Ended != 1 || got.BytesIn != 12 || got.MessagesIn < 3 {
		t.Errorf("after its end: got %+v, want what it had sent to count still", got)
	}
	second.send(wsh.OpcodeText, "still here")
	second.want(`T"still here"`)
}
