package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/coder/websocket"
	"github.com/rogpeppe/go-internal/testscript"
)

// socket is a client's connection.
type socket struct{ *websocket.Conn }

// options are what a client says beyond the address: -origin O, -protocol P, -header 'N: V',
// -cert NAME, -unix FILE instead of the address, -follow redirections.
type options struct {
	header    http.Header
	protocols []string
	cert      string
	unix      string
	follow    bool
}

func clientOptions(ts *testscript.TestScript, args []string) (o options, rest []string) {
	o.header = http.Header{}
	for len(args) > 1 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-origin":
			o.header.Set("Origin", args[1])
		case "-header":
			name, value, _ := strings.Cut(args[1], ": ")
			o.header.Add(name, value)
		case "-protocol":
			o.protocols = append(o.protocols, args[1])
		case "-cert":
			o.cert = ts.MkAbs(args[1])
		case "-follow":
			o.follow, args = true, args[1:]
			continue
		case "-unix":
			o.unix = ts.MkAbs(args[1])
		default:
			ts.Fatalf("unknown option %s", args[0])
		}
		args = args[2:]
	}
	return o, args
}

// client is an HTTP client that trusts anybody: the certificates are the tests' own.
func (o options) client() (*http.Client, error) {
	config := &tls.Config{InsecureSkipVerify: true}
	if o.cert != "" {
		pair, err := tls.LoadX509KeyPair(o.cert+".pem", o.cert+".key")
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	if o.unix != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", o.unix)
		}
	}
	client := &http.Client{Transport: transport}
	if !o.follow {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return client, nil
}

func (o options) dial(ctx context.Context, address string) (*websocket.Conn, *http.Response, error) {
	client, err := o.client()
	if err != nil {
		return nil, nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, nil, err
	}
	if u.User != nil {
		password, _ := u.User.Password()
		q := &http.Request{Header: o.header}
		q.SetBasicAuth(u.User.Username(), password)
		u.User = nil
	}
	return websocket.Dial(ctx, u.String(), &websocket.DialOptions{
		HTTPClient: client, HTTPHeader: o.header, Subprotocols: o.protocols,
	})
}

// ws speaks WebSocket:
//
//	ws NAME connect [options] URL
//	ws NAME send TEXT
//	ws NAME expect TEXT
//	ws NAME send-bytes N     that many of one letter
//	ws NAME expect-bytes N
//	ws NAME until TEXT       reads on until then
//	ws NAME close
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
	case "send-bytes":
		n, _ := strconv.Atoi(args[0])
		err = s.Write(ctx, websocket.MessageText, bytes.Repeat([]byte("x"), n))
	case "expect-bytes":
		n, _ := strconv.Atoi(args[0])
		err = s.expect(ctx, strings.Repeat("x", n))
	case "close":
		err = s.Close(websocket.StatusNormalClosure, "")
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
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, rest[0], nil)
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
