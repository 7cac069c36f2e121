package stream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"wshd/plugins/wsh"
)

// accepts answers the handshake of a client of coder's as a host does, and opens c. What the client
// offers is negotiated.
func accepts(t *testing.T, server net.Conn, conf Config) *Conn {
	br := bufio.NewReader(server)
	q, err := http.ReadRequest(br)
	if err != nil {
		t.Error(err)
		return nil
	}
	buffered, _ := br.Peek(br.Buffered())
	c := New(server, buffered, conf)
	var offers []wsh.Extension
	for _, offer := range q.Header.Values("Sec-WebSocket-Extensions") {
		name, params, _ := strings.Cut(offer, "; ")
		offers = append(offers, with(strings.Split(params, "; ")...))
		if name != pmd.Name {
			t.Errorf("offered %q", offer)
		}
	}
	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		wsh.AcceptKey(q.Header.Get("Sec-WebSocket-Key")) + "\r\n"
	for _, e := range c.Negotiate(offers) {
		answer += "Sec-WebSocket-Extensions: " + e.String() + "\r\n"
	}
	if err := c.Open([]byte(answer + "\r\n")); err != nil {
		t.Error(err)
	}
	return c
}

// TestMessagesToAndFromCoder: another implementation, at the other end, understands and is understood:
// messages of all sizes and kinds, whole and in pieces, that refer to each other or not, with pings among
// them.
func TestMessagesToAndFromCoder(t *testing.T) {
	for _, mode := range []websocket.CompressionMode{websocket.CompressionDisabled, websocket.CompressionContextTakeover, websocket.CompressionNoContextTakeover} {
		for _, takeover := range []bool{true, false} {
			t.Run(fmt.Sprint(mode, takeover), func(t *testing.T) {
				server, client := sockets(t)
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					c := accepts(t, server, Config{Compression: true, ContextTakeover: takeover, CloseTimeout: patience})
					<-serve(c, echoInPieces)
				}()
				dialing := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return client, nil }}
				k, _, err := websocket.Dial(t.Context(), "ws://host/", &websocket.DialOptions{
					HTTPClient: &http.Client{Transport: dialing}, CompressionMode: mode, CompressionThreshold: 1})
				if err != nil {
					t.Fatal(err)
				}
				k.SetReadLimit(-1)
				exchangeWith(t, k)
				if err := k.Close(websocket.StatusNormalClosure, ""); err != nil {
					t.Errorf("close: %v", err)
				}
				<-ended
			})
		}
	}
}

// echoInPieces is echo that sends every third message in three fragments, with a ping among them.
func echoInPieces(c *Conn) error {
	for n := 0; ; n++ {
		m, err := c.Receive(-1, n%2 == 0)
		if err != nil {
			return err
		}
		third := len(m.Data) / 3
		if n%3 != 0 {
			third = 0
		}
		for third > 0 && len(m.Data) > third {
			piece := m
			piece.Data, m.Data = m.Data[:third], m.Data[third:]
			if err := errors.Join(c.SendFragment(piece, false), c.SendPing([]byte("among"))); err != nil {
				return err
			}
		}
		if err := c.SendFragment(m, true); err != nil {
			return err
		}
	}
}

// exchangeWith sends messages through coder's client and wants each back.
func exchangeWith(t *testing.T, k *websocket.Conn) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		kind, data := websocket.MessageBinary, []byte(noise[rnd.IntN(20_000):][:rnd.IntN(1<<rnd.IntN(15))])
		if i%2 == 0 {
			kind, data = websocket.MessageText, []byte(strings.Repeat(fmt.Sprintf("wörds %d, ", rnd.IntN(9)), rnd.IntN(1<<rnd.IntN(14))))
		}
		w, err := k.Writer(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		for rest := data; len(rest) > 0; {
			n := min(len(rest), 1+rnd.IntN(9000))
			if _, err := w.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		gotKind, r, err := k.Reader(t.Context())
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		got, err := io.ReadAll(r)
		if err != nil || gotKind != kind || !bytes.Equal(got, data) {
			t.Fatalf("message %d: got %v, %d bytes, %v, want %v, %d bytes", i, gotKind, len(got), err, kind, len(data))
		}
	}
}
