package host

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

func TestTransferDataDecidesTheClose(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string
		log  string // a word of the line that tells of it; "" none of level error
	}{
		{"returns", nil, `C1000""`, ""},
		{"a code", &wsh.CloseError{Code: 4001, Reason: "bye"}, `C4001"bye"`, ""},
		{"a wrapped code", fmt.Errorf("x: %w", &wsh.CloseError{Code: 1001}), `C1001""`, ""},
		{"a code that may not be sent", &wsh.CloseError{Code: 1005}, `C1011""`, "closed with 1005"},
		{"no code", &wsh.CloseError{}, `C1011""`, "closed with 0"},
		{"a reason too long", &wsh.CloseError{Code: 4001, Reason: strings.Repeat("x", 124)}, `C1011""`, "closed with 4001: xxx"},
		{"a reason that is no text", &wsh.CloseError{Code: 4001, Reason: "\xff"}, `C1011""`, "closed with 4001"},
		{"EOF of something else", io.EOF, `C1011""`, "EOF"},
		{"abort", wsh.ErrAborted, "EOF", ""},
		{"any error", errors.New("the cat is on the keyboard"), `C1011""`, "keyboard"},
		{"bad operation", wsh.ErrBadOperation, `C1011""`, "bad operation"},
		{"ErrClosed of something else", wsh.ErrClosed, `C1011""`, "connection is closed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := serve(t, handlers{"/x": {Script: "x_wsh.go", DoExtraHandshake: accept,
				TransferData: func(*wsh.Request) error { return tt.err }}}, Config{})
			c := connect(t, h.addr, "/x")
			c.want(tt.want)
			if tt.want != "EOF" {
				c.sendClose(1000, "")
				c.want("EOF")
			}
			h.log.wait(t, "connection closed")
			if failed := strings.Contains(h.log.String(), "level=ERROR"); failed != (tt.log != "") {
				t.Errorf("got the log\n%s", h.log)
			}
			if tt.log != "" {
				h.log.wait(t, "level=ERROR", "handler failed", "resource=/x", "script=x_wsh.go", tt.log)
			}
		})
	}
}

func TestAHandlerThatDiesHurtsNobody(t *testing.T) {
	var none map[string]int
	deaths := map[string]func(*wsh.Request) error{
		"panic":       func(*wsh.Request) error { panic("boom") },
		"nil map":     func(*wsh.Request) error { none["x"] = 1; return nil },
		"index":       func(r *wsh.Request) error { return errors.New(r.RequestedProtocols[3]) },
		"Goexit":      func(*wsh.Request) error { runtime.Goexit(); return nil },
		"panic(nil)":  func(*wsh.Request) error { panic(nil) },
		"panic(fail)": func(*wsh.Request) error { panic(errors.New("an error")) },
	}
	for name, die := range deaths {
		t.Run(name, func(t *testing.T) {
			h := serve(t, handlers{
				"/echo":      {DoExtraHandshake: accept, TransferData: echo},
				"/transfer":  {DoExtraHandshake: accept, TransferData: die},
				"/handshake": {DoExtraHandshake: die, TransferData: echo},
				"/passive": {DoExtraHandshake: accept, TransferData: echo,
					PassiveClosingHandshake: func(r *wsh.Request) (wsh.StatusCode, string, error) { return 0, "", die(r) }},
				"/http": {DoExtraHandshake: accept, TransferData: echo,
					ServeHTTP: func(http.ResponseWriter, *http.Request) { _ = die(&wsh.Request{}) }},
			}, Config{})
			before := connect(t, h.addr, "/echo")

			c := connect(t, h.addr, "/transfer")
			c.want(`C1011""`)
			c.sendClose(1011, "")
			c.want("EOF")
			res, _ := dial(t, h.addr).request(head("/handshake"))
			if res.StatusCode != 403 {
				t.Errorf("handshake: got %s, want 403", res.Status)
			}
			c = connect(t, h.addr, "/passive")
			c.sendClose(1000, "")
			c.want(`C1011""`, "EOF")
			if name != "Goexit" { // net/http's goroutine dies with it, answer and all
				res, _ = dial(t, h.addr).request("GET /http HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
				if res.StatusCode != 500 {
					t.Errorf("http: got %s, want 500", res.Status)
				}
			}
			for _, resource := range []string{"/transfer", "/passive"} {
				h.log.wait(t, "level=ERROR", "handler failed", "resource="+resource)
			}
			h.log.wait(t, "level=ERROR", "handshake refused", "resource=/handshake")
			before.send(wsh.OpcodeText, "still here")
			before.want(`T"still here"`)
		})
	}
}

// Strangers cannot fill the log: what is wrong with handshakes, and that a handler refuses them, is told
// once and then counted.
func TestRefusedHandshakesDoNotFloodTheLog(t *testing.T) {
	h := serve(t, handlers{"/no": {DoExtraHandshake: func(*wsh.Request) error { return &wsh.HandshakeError{Status: 404} }, TransferData: echo}}, Config{})
	for range 20 {
		dial(t, h.addr).request(head("/no", "Sec-WebSocket-Version: 12"))
		dial(t, h.addr).request(head("/no"))
	}
	h.log.wait(t, "request refused", "the only Sec-WebSocket-Version here is 13")
	h.log.wait(t, "request refused", "the handler refuses it", "status=404")
	if n := strings.Count(h.log.String(), "request refused"); n != 2 {
		t.Errorf("got %d lines, want 2:\n%s", n, h.log)
	}
}

func TestPassiveClosingHandshake(t *testing.T) {
	tests := []struct {
		name string
		hook func(*wsh.Request) (wsh.StatusCode, string, error)
		want string
	}{
		{"none", nil, `C1000""`},
		{"answers", func(r *wsh.Request) (wsh.StatusCode, string, error) {
			return 4000, fmt.Sprintf("saw %d %s", r.CloseCode, r.CloseReason), nil
		}, `C4000"saw 3333 sun"`},
		{"answers empty", func(*wsh.Request) (wsh.StatusCode, string, error) { return 0, "", nil }, "C"},
		{"aborts", func(*wsh.Request) (wsh.StatusCode, string, error) { return 0, "", wsh.ErrAborted }, "EOF"},
		{"fails", func(*wsh.Request) (wsh.StatusCode, string, error) { return 1000, "", errors.New("no") }, `C1011""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := make(chan error, 1)
			h := serve(t, handlers{"/x": {DoExtraHandshake: accept, PassiveClosingHandshake: tt.hook,
				TransferData: func(r *wsh.Request) error {
					_, err := r.ReceiveMessage()
					got <- err
					return err
				}}}, Config{})
			c := connect(t, h.addr, "/x")
			c.sendClose(3333, "sun")
			c.want(tt.want)
			if tt.want != "EOF" {
				c.want("EOF")
			}
			if err := <-got; tt.hook == nil && !errors.Is(err, io.EOF) {
				t.Errorf("ReceiveMessage: got %v, want io.EOF", err)
			}
		})
	}
}

func TestCloseConnectionTellsTheAnswer(t *testing.T) {
	seen := make(chan string, 1)
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
		err := r.CloseConnection(4001, "mine")
		seen <- fmt.Sprintln(r.CloseCode, r.CloseReason, err)
		return nil
	}}}, Config{})
	c := connect(t, h.addr, "/x")
	c.want(`C4001"mine"`)
	c.sendClose(4002, "yours")
	if got := <-seen; got != "4002 yours <nil>\n" {
		t.Errorf("got %s", got)
	}
	c.want("EOF")
}

func TestAccountOfAConnection(t *testing.T) {
	h := serve(t, handlers{"/echo": {Script: "echo_wsh.go", Version: 7, DoExtraHandshake: accept, TransferData: echo}}, Config{})
	c := connect(t, h.addr, "/echo")
	c.send(wsh.OpcodeText, "Hello")
	c.want(`T"Hello"`)
	c.send(wsh.OpcodeBinary, "\x00\x01")
	c.want(`B"\x00\x01"`)
	c.sendClose(4444, "")
	c.want(`C1000""`, "EOF")
	h.log.wait(t, "connection closed", "level=INFO", "resource=/echo", "script=echo_wsh.go", "version=7", "remote=127.0.0.1:",
		"code=4444", "dur=", "messages_in=2", "messages_out=2", "bytes_in=7", "bytes_out=7")
}

func TestTheContextEndsWhenTheClientGoes(t *testing.T) {
	h := serve(t, handlers{"/wait": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
		<-r.Context().Done()
		return nil
	}}}, Config{})
	c := connect(t, h.addr, "/wait")
	c.Close()
	h.log.wait(t, "connection closed", "resource=/wait", "code=1006")
}

func TestHelpersEndWithTransferData(t *testing.T) {
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
		wsh.NewMessageReceiver(r)
		return wsh.NewMessageSender(r, 4).Send(wsh.Text("sent"))
	}}}, Config{})
	c := connect(t, h.addr, "/x")
	c.want(`T"sent"`, `C1000""`)
	c.sendClose(1000, "")
	c.want("EOF")
	h.log.wait(t, "connection closed") // and TestMain looks for what is left
}

func TestAClientThatIsGivenUpIsAccountedFor(t *testing.T) {
	c := Config{}
	c.Stream.PingInterval, c.Stream.PingTimeout = 200*time.Millisecond, 200*time.Millisecond
	done := make(chan error, 1)
	h := serve(t, handlers{"/wait": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
		<-r.Context().Done()
		done <- r.SendText("anybody?")
		return nil
	}}}, c)
	connect(t, h.addr, "/wait")
	if err := <-done; !errors.Is(err, wsh.ErrClosed) {
		t.Errorf("send to a client that is gone: got %v, want ErrClosed", err)
	}
	h.log.wait(t, "connection closed", "resource=/wait", "code=1006", `reason="no answer to a ping"`)
}

// TestFramesAreToldAtDebug: what a client sends, but never what is in it.
func TestFramesAreToldAtDebug(t *testing.T) {
	h := serve(t, handlers{"/echo": {Script: "echo_wsh.go", DoExtraHandshake: accept, TransferData: echo}}, Config{})
	h.log.level.Set(slog.LevelDebug)
	c := connect(t, h.addr, "/echo")
	h.log.wait(t, "level=DEBUG", `msg="connection opened"`, `protocol=""`, "extensions=[]")
	c.send(wsh.OpcodeText, "sesame")
	h.log.wait(t, "level=DEBUG", `msg="frame received"`, "resource=/echo", "opcode=1", "fin=true", "rsv1=false", "size=6")
	c.send(wsh.OpcodePing, "open")
	h.log.wait(t, `msg="frame received"`, "opcode=9", "size=4")
	c.want(`T"sesame"`, `O"open"`)
	c.goodbye()
	if strings.Contains(h.log.String(), "sesame") {
		t.Error("the log holds what was sent")
	}
}
