package host

import (
	"errors"
	"testing"

	"wshd/host/door"
	"wshd/plugins/wsh"
)

func TestMetricsAddUpWhatPassedAndWhatPasses(t *testing.T) {
	h := serve(t, handlers{"/echo": {DoExtraHandshake: accept, TransferData: echo}}, Config{})
	first := connect(t, h.addr, "/echo")
	first.send(wsh.OpcodeText, "Hello")
	first.want(`T"Hello"`)
	first.sendClose(4444, "")
	first.want(`C1000""`, "EOF")
	h.log.wait(t, "connection closed")
	second := connect(t, h.addr, "/echo")
	second.send(wsh.OpcodeText, "you")
	second.want(`T"you"`)
	var p PathMetrics
	for p.Connections != 1 { // the first counts until its goroutine has ended
		p = h.Metrics().Paths["/echo"]
	}
	if p.MessagesIn != 2 || p.MessagesOut != 2 || p.BytesIn != 8 || p.BytesOut != 8 || p.Closes["4xxx"] != 1 || len(p.Closes) != 1 {
		t.Errorf("got %+v", p)
	}
	again := h.Metrics().Paths["/echo"]
	if again.MessagesIn != 2 || again.Connections != 1 {
		t.Errorf("asked again: got %+v", again)
	}
	if m := p.Hooks["DoExtraHandshake"]; m.Count != 2 || m.Errors != 0 || m.Seconds <= 0 {
		t.Errorf("hook: got %+v", m)
	}
}

func TestMetricsCountHandshakesAndRefusals(t *testing.T) {
	c := Config{}
	c.Paths = map[string]*Rules{"/locked": {Door: door.Rules{Basic: door.OneUser("nobody", "")}}}
	h := serve(t, handlers{
		"/echo":   {DoExtraHandshake: accept, TransferData: echo},
		"/locked": {DoExtraHandshake: accept, TransferData: echo},
		"/no":     {DoExtraHandshake: func(*wsh.Request) error { return errors.New("no") }, TransferData: echo},
		"/abort":  {DoExtraHandshake: func(*wsh.Request) error { return wsh.ErrAborted }, TransferData: echo},
	}, c)
	connect(t, h.addr, "/echo")
	for _, path := range []string{"/locked", "/no", "/no", "/nowhere", "/nowhere/else"} {
		dial(t, h.addr).request(head(path))
	}
	nc := dial(t, h.addr)
	nc.Write([]byte(head("/abort")))
	h.log.wait(t, "handshake aborted")
	m := h.Metrics()
	for result, want := range map[string]int64{"101": 1, "401": 1, "403": 2, "404": 2, "aborted": 1} {
		if m.Handshakes[result] != want {
			t.Errorf("%s: got %d, want %d in %v", result, m.Handshakes[result], want, m.Handshakes)
		}
	}
	if m.Refused["no credentials"] != 1 {
		t.Errorf("refused: got %v", m.Refused)
	}
	for path := range m.Paths {
		if path == "/nowhere" || path == "/nowhere/else" {
			t.Errorf("a stranger made a label of %s", path)
		}
	}
}

func TestMetricsCountHooksThatFail(t *testing.T) {
	h := serve(t, handlers{
		"/panic": {DoExtraHandshake: accept, TransferData: func(*wsh.Request) error { panic("boom") }},
		"/error": {DoExtraHandshake: accept, TransferData: func(*wsh.Request) error { return errors.New("x") }},
		"/fine":  {DoExtraHandshake: accept, TransferData: func(*wsh.Request) error { return &wsh.CloseError{Code: 4000} }},
	}, Config{})
	for path, want := range map[string]int64{"/panic": 1, "/error": 1, "/fine": 0} {
		c := connect(t, h.addr, path)
		c.Close()
		h.log.wait(t, "connection closed", "resource="+path)
		if got := h.Metrics().Paths[path].Hooks["TransferData"].Errors; got != want {
			t.Errorf("%s: got %d errors, want %d", path, got, want)
		}
	}
}

func TestCloseCodesAreFew(t *testing.T) {
	labels := map[string]bool{}
	for code := range 1 << 16 {
		labels[codeLabel(wsh.StatusCode(code))] = true
	}
	if len(labels) != 19 || !labels["1006"] {
		t.Errorf("got %d labels", len(labels))
	}
}
