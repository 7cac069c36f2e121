package host

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"wshd/plugins/wsh"
)

// http2Conn is a client's connection of HTTP/2, on which streams can be opened.
type http2Conn struct {
	net.Conn
	fr *http2.Framer

	mu      sync.Mutex
	changed *sync.Cond
	ready   bool // the server's settings have come
	connect bool // and allow extended CONNECT
	first   uint32
	window  int64 // for what is sent, of the connection
	streams map[uint32]*http2Stream
	next    uint32
	away    bool
	err     error
}

// http2Stream looks like a connection of HTTP/1.1: what is written begins with the head of an opening
// handshake, and what is read with the answer to it.
type http2Stream struct {
	net.Conn // for its addresses and deadlines, which are those of all streams
	c        *http2Conn
	id       uint32
	key      string
	head     bytes.Buffer // until it is whole
	open     bool
	in       bytes.Buffer
	window   int64
	deaf     bool // the server gets no more room for what it sends
	end      error
}

// dialHTTP2 opens a connection.
func dialHTTP2(t *testing.T, nc net.Conn, settings ...http2.Setting) *http2Conn {
	t.Helper()
	secure := tls.Client(nc, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	if err := secure.Handshake(); err != nil {
		t.Fatal(err)
	}
	c := &http2Conn{Conn: secure, fr: http2.NewFramer(secure, secure), window: 65535, first: 65535, streams: map[uint32]*http2Stream{}, next: 1}
	c.fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.changed = sync.NewCond(&c.mu)
	ended := make(chan struct{})
	if _, err := io.WriteString(secure, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	if err := c.fr.WriteSettings(settings...); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(ended)
		err := c.read()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.err = err
		c.changed.Broadcast()
	}()
	t.Cleanup(func() {
		nc.Close()
		<-ended
	})
	c.wait(func() bool { return c.ready })
	return c
}

// wait waits with c.mu held, which it takes.
func (c *http2Conn) wait(until func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.err == nil && !until() {
		c.changed.Wait()
	}
}

func (c *http2Conn) read() error {
	for {
		f, err := c.fr.ReadFrame()
		if err != nil {
			return err
		}
		c.mu.Lock()
		err = c.take(f)
		c.changed.Broadcast()
		c.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

func (c *http2Conn) take(f http2.Frame) error {
	s := c.streams[f.Header().StreamID]
	switch f := f.(type) {
	case *http2.SettingsFrame:
		if f.IsAck() {
			return nil
		}
		c.ready = true
		if v, ok := f.Value(http2.SettingEnableConnectProtocol); ok {
			c.connect = v == 1
		}
		if v, ok := f.Value(http2.SettingInitialWindowSize); ok {
			c.first = v
		}
		return c.fr.WriteSettingsAck()
	case *http2.WindowUpdateFrame:
		if s == nil {
			c.window += int64(f.Increment)
		} else {
			s.window += int64(f.Increment)
		}
	case *http2.PingFrame:
		return c.fr.WritePing(true, f.Data)
	case *http2.GoAwayFrame:
		c.away = true
	case *http2.MetaHeadersFrame:
		s.answered(f)
	case *http2.DataFrame:
		s.in.Write(f.Data())
		if f.StreamEnded() {
			s.end = io.EOF
		}
		if n := uint32(f.Length); n > 0 && !s.deaf {
			if err := c.fr.WriteWindowUpdate(0, n); err != nil {
				return err
			}
			if s.end == nil {
				return c.fr.WriteWindowUpdate(s.id, n)
			}
		}
	case *http2.RSTStreamFrame:
		if s.end == nil {
			s.end = fmt.Errorf("stream reset: %v", f.ErrCode)
		}
	}
	return nil
}

// answered writes down an answer as HTTP/1.1 has it.
func (s *http2Stream) answered(f *http2.MetaHeadersFrame) {
	status := f.PseudoValue("status")
	if status == "200" {
		fmt.Fprintf(&s.in, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n", wsh.AcceptKey(s.key))
	} else {
		fmt.Fprintf(&s.in, "HTTP/1.1 %s x\r\n", status)
	}
	for _, h := range f.RegularFields() {
		fmt.Fprintf(&s.in, "%s: %s\r\n", h.Name, h.Value)
	}
	s.in.WriteString("\r\n")
	if f.StreamEnded() {
		s.end = io.EOF
	}
}

// stream makes a stream, which opens with the head of a handshake.
func (c *http2Conn) stream() *http2Stream { return &http2Stream{Conn: c.Conn, c: c} }

func (s *http2Stream) Write(p []byte) (n int, err error) {
	if n = len(p); n == 0 {
		return 0, nil // of another goroutine than the others
	}
	if !s.open {
		s.head.Write(p)
		at := bytes.Index(s.head.Bytes(), []byte("\r\n\r\n"))
		if at < 0 {
			return n, nil
		}
		q, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(s.head.Bytes()[:at+4])))
		if err != nil {
			return 0, err
		}
		if err := s.begin(q); err != nil {
			return 0, err
		}
		p = bytes.Clone(s.head.Bytes()[at+4:])
	}
	for len(p) > 0 {
		k := int64(min(len(p), 16<<10))
		s.c.wait(func() bool { return s.end != nil || min(s.window, s.c.window) > 0 })
		s.c.mu.Lock()
		if err = s.end; err == nil {
			err = s.c.err
		}
		if err != nil {
			s.c.mu.Unlock()
			return 0, err
		}
		k = min(k, s.window, s.c.window)
		s.window -= k
		s.c.window -= k
		err = s.c.fr.WriteData(s.id, false, p[:k])
		s.c.mu.Unlock()
		if err != nil {
			return 0, err
		}
		p = p[k:]
	}
	return n, nil
}

// begin sends the head of a handshake as RFC 8441 has it.
func (s *http2Stream) begin(q *http.Request) error {
	s.key = q.Header.Get("Sec-WebSocket-Key")
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	field := func(name, value string) { e.WriteField(hpack.HeaderField{Name: name, Value: value}) }
	field(":method", "CONNECT")
	field(":protocol", q.Header.Get("Upgrade"))
	field(":scheme", "https")
	field(":authority", q.Host)
	field(":path", q.RequestURI)
	for name, values := range q.Header {
		if name == "Connection" || name == "Upgrade" || name == "Sec-Websocket-Key" {
			continue
		}
		for _, v := range values {
			field(strings.ToLower(name), v)
		}
	}
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.id, s.open, s.window = s.c.next, true, int64(s.c.first)
	s.c.next += 2
	s.c.streams[s.id] = s
	return s.c.fr.WriteHeaders(http2.HeadersFrameParam{StreamID: s.id, BlockFragment: b.Bytes(), EndHeaders: true})
}

func (s *http2Stream) Read(p []byte) (int, error) {
	s.c.wait(func() bool { return s.end != nil || s.in.Len() > 0 })
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	switch {
	case s.in.Len() > 0:
		return s.in.Read(p)
	case s.end != nil:
		return 0, s.end
	}
	return 0, s.c.err
}

// Close ends the stream as a client does that has read its end.
func (s *http2Stream) Close() error {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	if s.end != nil || !s.open {
		return nil
	}
	s.end = net.ErrClosed
	return s.c.fr.WriteRSTStream(s.id, http2.ErrCodeCancel)
}
