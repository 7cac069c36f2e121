package scripts_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"wshd/plugins/wsh/wshtest"
)

type report struct {
	N, At, Now int64
	Up, Down   int
}

func parseReport(t *testing.T, text string) report {
	t.Helper()
	var r report
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if r.At > r.Now || r.N != r.At/1000 {
		t.Errorf("%s: the event is from the future, or has another number", text)
	}
	return r
}

// TestPollCountsItsBytes compares what the handler says with what went over the connection.
func TestPollCountsItsBytes(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(load(t, "polling").ServeHTTP))
	defer server.Close()
	for _, extra := range []string{"", "User-Agent: something long\r\nCookie: a=b\r\nCookie: c=d\r\n"} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		request := "GET /polling?x=1 HTTP/1.1\r\nHost: localhost:9998\r\n" + extra + "\r\n"
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		head, body := readAnswer(t, conn)
		got := parseReport(t, body)
		if got.Up != len(request) || got.Down != len(head) {
			t.Errorf("got %d up, %d down, want %d and %d; the answer was:\n%s", got.Up, got.Down, len(request), len(head), head)
		}
	}
}

// readAnswer reads one HTTP answer as it is.
func readAnswer(t *testing.T, conn net.Conn) (head, body string) {
	t.Helper()
	r := bufio.NewReader(conn)
	length := 0
	for !strings.HasSuffix(head, "\r\n\r\n") {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		head += line
		if value, found := strings.CutPrefix(line, "Content-Length: "); found {
			length, _ = strconv.Atoi(strings.TrimSpace(value))
		}
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(r, data); err != nil {
		t.Fatal(err)
	}
	return head, string(data)
}

func TestPushComesUnasked(t *testing.T) {
	d := wshtest.Dialer{Resource: "/polling", Header: http.Header{"User-Agent": {"test"}}}
	c := d.Dial(t, load(t, "polling"))
	first := parseReport(t, c.ReceiveText())
	want := len("GET /polling HTTP/1.1\r\nHost: localhost\r\nUser-Agent: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	if first.Up != want || first.Down != 129 {
		t.Errorf("got %d up, %d down for the handshake, want %d and 129", first.Up, first.Down, want)
	}
	last := first.N
	for range 2 {
		text := c.ReceiveText()
		got := parseReport(t, text)
		if got.N != last+1 || got.Up != 0 || got.Down != 2 || len(text) > 125 {
			t.Errorf("got %s, want event %d, 0 up, 2 down, in a small frame", text, last+1)
		}
		last = got.N
	}
	wantEnd(t, c.Close(1000, ""), 1000, "")
}

func TestPushAnswersQuestions(t *testing.T) {
	c := wshtest.Dial(t, load(t, "polling"))
	n := parseReport(t, c.ReceiveText()).N
	for range 3 {
		c.SendText("?")
		got := parseReport(t, c.ReceiveText())
		for got.Up == 0 { // an event came between
			n = got.N
			got = parseReport(t, c.ReceiveText())
		}
		if got.N != n || got.Up != 6 || got.Down != 2 {
			t.Errorf("got %+v, want event %d, 6 up, 2 down", got, n)
		}
	}
	c.SendText(fmt.Sprintf("%126s", "?"))
	end := c.Wait()
	wantEnd(t, end, 1009, "ask with 125 bytes or less")
}
