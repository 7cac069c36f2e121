package script

import (
	"io"
	"testing"
	"time"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"

	"wshd/plugins/wsh"
)

const echoScript = "../../scripts/echo_wsh.go"

// BenchmarkLoad loads the echo handler; BenchmarkLoadStock only readies an interpreter the stock way.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(b.Context(), Config{}, echoScript, "echo"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadStock(b *testing.B) {
	for b.Loop() {
		in := interp.New(interp.Options{Stdout: io.Discard, Stderr: io.Discard})
		if err := in.Use(stdlib.Symbols); err != nil {
			b.Fatal(err)
		}
		if _, err := in.Eval("package main\n\nfunc F() error { return nil }"); err != nil {
			b.Fatal(err)
		}
	}
}

// messages is a stream that gives n messages and takes all.
type messages struct {
	wsh.Stream
	n int
	m wsh.Message
}

func (s *messages) Receive(time.Duration, bool) (wsh.Message, error) {
	if s.n == 0 {
		return wsh.Message{}, io.EOF
	}
	s.n--
	return s.m, nil
}

func (s *messages) Send(wsh.Message, bool) error { return nil }

// BenchmarkEcho passes messages of 64 bytes through the echo handler, on no wire at all.
func BenchmarkEcho(b *testing.B) {
	h, err := Load(b.Context(), Config{}, echoScript, "echo")
	if err != nil {
		b.Fatal(err)
	}
	r := &wsh.Request{}
	_, stop := wsh.Attach(r, wsh.Link{Stream: &messages{n: b.N, m: wsh.Text(string(make([]byte, 64)))}})
	defer stop()
	b.ResetTimer()
	if err := h.TransferData(r); err != io.EOF {
		b.Fatal(err)
	}
}
