//go:build ignore

// Polling is one source of news, told in two ways: by HTTP to who keeps asking, and by WebSocket to
// who listens. Something happens about once a second. Either way a client receives
//
//	{"n":1767225600,"at":1767225600123,"now":1767225600130,"up":  612,"down":  190}
//
// n numbers the event, at is when it happened and now when this was sent, in milliseconds since 1970
// by the server's clock. up and down are the bytes that it took besides the JSON itself: headers of
// request and answer for a poll, frame headers for a push, the opening handshake for the first push.
package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"wshd/plugins/wsh"
)

// handshakeAnswer is what an opening handshake is answered with; the key's hash is 28 characters.
const handshakeAnswer = len("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"+
	"Connection: Upgrade\r\nSec-WebSocket-Accept: \r\n\r\n") + 28

// A frame of up to 125 bytes has 2 in front, and 4 more from client to server, for the mask (RFC
// 6455, section 5.2).
const (
	frame  = 2
	masked = 4
)

// ServeHTTP answers a poll.
func ServeHTTP(w http.ResponseWriter, r *http.Request) {
	up := request(r.Method, r.RequestURI, r.Proto, r.Host, r.Header)
	n := latest(now())

	// All headers are set here, so that they can be counted. The numbers in the report have a fixed
	// width: what they say does not change its length.
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(report(n, up, 0))))
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*") // a page opened from disk may read it too
	h.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	down := len("HTTP/1.1 200 OK\r\n") + size(h) + len("\r\n")
	io.WriteString(w, report(n, up, down))
}

// DoExtraHandshake turns compression off: it would flatter the push.
func DoExtraHandshake(r *wsh.Request) error {
	r.DisableCompression()
	return nil
}

// TransferData pushes each event as it happens. Waiting for a message until the next one is due, it
// also answers clients that ask.
func TransferData(r *wsh.Request) error {
	n := latest(now())
	up := request(r.Method, r.Resource, r.Proto, r.Host, r.Header)
	if err := r.SendText(report(n, up, handshakeAnswer)); err != nil {
		return err
	}
	for {
		pause := time.Duration(when(n+1)-now()) * time.Millisecond
		msg, err := r.ReceiveTimeout(pause)
		up := 0
		switch {
		case err == nil && len(msg.Data) <= 125:
			up = frame + masked
		case err == nil:
			return &wsh.CloseError{Code: wsh.StatusMessageTooBig, Reason: "ask with 125 bytes or less"}
		case errors.Is(err, wsh.ErrTimeout):
			n++
		default:
			return err
		}
		if err := r.SendText(report(n, up, frame)); err != nil {
			return err
		}
	}
}

// report is what clients receive.
func report(n int64, up, down int) string {
	return fmt.Sprintf(`{"n":%d,"at":%d,"now":%d,"up":%5d,"down":%5d}`, n, when(n), now(), up, down)
}

func now() int64 { return time.Now().UnixMilli() }

// when is the time of event n: in second n, at a moment that differs from second to second, so that
// no poller keeps in step with it.
func when(n int64) int64 { return n*1000 + n*7919%700 }

// latest is the last event that has happened.
func latest(now int64) int64 {
	n := now / 1000
	if when(n) > now {
		n--
	}
	return n
}

// request is the number of bytes in the head of a request.
func request(method, target, proto, host string, h http.Header) int {
	return len(method+" "+target+" "+proto+"\r\nHost: "+host+"\r\n") + size(h) + len("\r\n")
}

// size is the number of bytes that the header's lines take.
func size(h http.Header) int {
	n := 0
	for name, values := range h {
		for _, value := range values {
			n += len(name + ": " + value + "\r\n")
		}
	}
	return n
}
