package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/coder/websocket"
	"github.com/rogpeppe/go-internal/testscript"
)

// socket is a client's connection.
type socket struct{ *websocket.Conn }

// ws speaks WebSocket:
//
//	ws NAME connect [options] URL
//	ws NAME send TEXT
//	ws NAME expect TEXT
//	ws NAME expect-match REGEXP
//	ws NAME send-bytes N     that many of one letter
//	ws NAME expect-bytes N
//	ws NAME until TEXT       reads on until then
//	ws NAME close
//	ws NAME leave            closes, whether that is answered or not
//	ws NAME closed CODE      the server closes with it
//	ws NAME until-closed CODE
func ws(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: ws NAME connect|send|expect|close|closed [...]")
	}
	name, verb, args := args[0], args[1], args[2:]
	sockets := stateOf(ts).sockets
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	if verb == "connect" {
		o, rest := clientOptions(ts, args)
		c, _, err := o.dial(ctx, rest[0])
		if err != nil {
			ts.Fatalf("%v\n%s", err, stateOf(ts).process.log())
		}
		ts.Defer(func() { _ = c.CloseNow() })
		c.SetReadLimit(-1)
		sockets[name] = &socket{c}
		return
	}
	s := sockets[name]
	if s == nil {
		ts.Fatalf("%s is not connected", name)
	}
	var err error
	switch verb {
	case "send":
		err = s.Write(ctx, websocket.MessageText, []byte(strings.Join(args, " ")))
	case "expect":
		err = s.expect(ctx, strings.Join(args, " "))
	case "expect-match":
		err = s.match(ctx, strings.Join(args, " "))
	case "send-bytes":
		n, _ := strconv.Atoi(args[0])
		err = s.Write(ctx, websocket.MessageText, bytes.Repeat([]byte("x"), n))
	case "expect-bytes":
		n, _ := strconv.Atoi(args[0])
		err = s.expect(ctx, strings.Repeat("x", n))
	case "close":
		err = s.Close(websocket.StatusNormalClosure, "")
	case "leave":
		_ = s.Close(websocket.StatusNormalClosure, "")
	case "until":
		err = s.until(ctx, strings.Join(args, " "))
	case "until-closed":
		for err == nil {
			_, _, err = s.Read(ctx)
		}
		err = closedWith(err, args[0])
	case "closed":
		err = s.closed(ctx, args[0])
	default:
		ts.Fatalf("unknown: ws %s", verb)
	}
	if err != nil {
		ts.Fatalf("%v\n%s", err, stateOf(ts).process.log())
	}
}

func (s *socket) expect(ctx context.Context, want string) error {
	_, got, err := s.Read(ctx)
	if err == nil && string(got) != want {
		err = fmt.Errorf("got %.100q, want %.100q", got, want)
	}
	return err
}

func (s *socket) match(ctx context.Context, expr string) error {
	_, got, err := s.Read(ctx)
	if err == nil && !regexp.MustCompile(expr).Match(got) {
		err = fmt.Errorf("got %.100q, which does not match %s", got, expr)
	}
	return err
}

func (s *socket) until(ctx context.Context, want string) error {
	for {
		if _, got, err := s.Read(ctx); err != nil || string(got) == want {
			return err
		}
	}
}

func (s *socket) closed(ctx context.Context, want string) error {
	_, got, err := s.Read(ctx)
	if err == nil {
		return fmt.Errorf("got message %.100q, want close %s", got, want)
	}
	return closedWith(err, want)
}

func closedWith(err error, want string) error {
	var closed websocket.CloseError
	if !errors.As(err, &closed) || strconv.Itoa(int(closed.Code)) != want {
		return fmt.Errorf("got %w, want close %s", err, want)
	}
	return nil
}

// refuse connects and wants the handshake answered with a status: refuse STATUS [options] URL. The
// status "tls" stands for a connection that does not get so far.
func refuse(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: refuse STATUS [options] URL")
	}
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	o, rest := clientOptions(ts, args[1:])
	c, answer, err := o.dial(ctx, rest[0])
	if err == nil {
		_ = c.CloseNow()
		ts.Fatalf("connected")
	}
	got := "tls"
	if answer != nil {
		got = strconv.Itoa(answer.StatusCode)
	}
	if got != args[0] {
		ts.Fatalf("got %s (%v), want %s", got, err, args[0])
	}
}

// httpCommand gets a page: http STATUS [options] URL [REGEXP], which the body must match.
func httpCommand(ts *testscript.TestScript, neg bool, args []string) {
	o, rest := clientOptions(ts, args[1:])
	client, err := o.client()
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), waitLimit)
	defer cancel()
	method, sent := http.MethodGet, io.Reader(nil)
	if o.post != nil {
		method, sent = http.MethodPost, strings.NewReader(*o.post)
	}
	q, err := http.NewRequestWithContext(ctx, method, rest[0], sent)
	ts.Check(err)
	for name, values := range o.header {
		q.Header[name] = values
	}
	answer, err := client.Do(q)
	if err != nil && args[0] == "tls" {
		return
	}
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if neg || strconv.Itoa(answer.StatusCode) != args[0] {
		ts.Fatalf("got %s, want %s\n%s", answer.Status, args[0], body)
	}
	if len(rest) > 1 && !regexp.MustCompile(rest[1]).Match(body) {
		ts.Fatalf("%q does not match %s", body, rest[1])
	}
}
