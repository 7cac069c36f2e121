package scripts_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func wantText(t *testing.T, c *wshtest.Client, want string) {
	t.Helper()
	if got := c.ReceiveText(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEchoKeepsKinds(t *testing.T) {
	for _, name := range []string{"echo", "echo_noext"} {
		t.Run(name, func(t *testing.T) {
			c := wshtest.Dial(t, load(t, name))
			for _, want := range []wsh.Message{
				wsh.Text("发送数据"), wsh.Binary([]byte{8, 6, 7, 5, 3, 0, 9}), wsh.Text(""), wsh.Binary(nil),
				wsh.Binary([]byte("Goodbye")), wsh.Text(strings.Repeat("long ", 20000)),
			} {
				c.Send(want)
				if got := c.Receive(); got.Binary != want.Binary || !bytes.Equal(got.Data, want.Data) {
					t.Errorf("got binary %v %.40q, want %v %.40q", got.Binary, got.Data, want.Binary, want.Data)
				}
			}
			c.SendText("Goodbye")
			wantText(t, c, "Goodbye")
			wantEnd(t, c.Wait(), 1000, "")
		})
	}
}

func TestEchoTakesTheFirstSubprotocol(t *testing.T) {
	h := load(t, "echo")
	got := wshtest.Dialer{Protocols: []string{"proto1", "proto2"}}.Dial(t, h).Response()
	if got.Status != http.StatusSwitchingProtocols || got.Protocol != "proto1" {
		t.Errorf("got %d %q, want 101 proto1", got.Status, got.Protocol)
	}
	if got := wshtest.Dial(t, h).Response(); got.Status != http.StatusSwitchingProtocols || got.Protocol != "" {
		t.Errorf("got %d %q, want 101 and no subprotocol", got.Status, got.Protocol)
	}
}

func TestBenchSendsWhatIsOrdered(t *testing.T) {
	h := load(t, "bench")
	c := wshtest.Dial(t, h)
	c.SendText("0.001 3 hello")
	for range 3 {
		wantText(t, c, "hello")
	}
	wantEnd(t, c.Wait(), 1000, "")
	for _, order := range []string{"", "1 2", "1 2 three four", "x 1 hello", "1 x hello", "-1 1 hello", "NaN 1 hello", "1e99 1 hello"} {
		c := wshtest.Dial(t, h)
		c.SendText(order)
		got := c.Wait()
		wantPanicFree(t, got.Err)
		wantEnd(t, got, 1011, "")
	}
}

func TestBenchEndsWithItsClient(t *testing.T) {
	c := wshtest.Dial(t, load(t, "bench"))
	c.SendText("3600 2 hello")
	wantText(t, c, "hello")
	c.SendText("heard, and dropped")
	wantEnd(t, c.Close(1000, ""), 1000, "")
}

func TestBenchmarkHelperObeys(t *testing.T) {
	c := wshtest.Dial(t, load(t, "benchmark_helper"))
	for _, size := range []int{0, 1000, 1000, 70000} {
		c.SendText(fmt.Sprintf("receive %d", size))
		if got := c.Receive(); !got.Binary || !bytes.Equal(got.Data, bytes.Repeat([]byte("a"), size)) {
			t.Errorf("receive %d: got binary %v, %d bytes %.10q", size, got.Binary, len(got.Data), got.Data)
		}
	}
	c.SendText("send 1")
	c.SendBinary(bytes.Repeat([]byte("a"), 5000))
	wantText(t, c, "5000")
	c.SendText("send 0")
	c.SendBinary([]byte("not checked"))
	wantText(t, c, "11")
	wantEnd(t, c.Close(1000, ""), 1000, "")
}

func TestBenchmarkHelperRefusesNonsense(t *testing.T) {
	h := load(t, "benchmark_helper")
	for _, message := range []wsh.Message{
		wsh.Text("dance"), wsh.Text("dance 1"), wsh.Text("receive x"), wsh.Text("receive -1"), wsh.Text("receive 999999999999"),
		wsh.Binary([]byte("receive 1")),
	} {
		c := wshtest.Dial(t, h)
		c.Send(message)
		got := c.Wait()
		wantPanicFree(t, got.Err)
		wantEnd(t, got, 1011, "")
	}
	c := wshtest.Dial(t, h)
	c.SendText("send 1")
	c.SendBinary([]byte("aaab"))
	wantEnd(t, c.Wait(), 1011, "")
}

func TestUploadTellsProgress(t *testing.T) {
	c := wshtest.Dial(t, load(t, "upload"))
	file := bytes.Repeat([]byte("0123456789"), 100)
	sum := sha256.Sum256(file)
	for range 2 { // a second file may follow
		c.SendText("1000")
		c.SendBinary(file[:300])
		wantText(t, c, `{"received":300,"size":1000}`)
		c.SendBinary(file[300:999])
		wantText(t, c, `{"received":999,"size":1000}`)
		c.SendBinary(file[999:])
		wantText(t, c, `{"received":1000,"size":1000,"sha256":"`+hex.EncodeToString(sum[:])+`"}`)
	}
	c.SendText("0")
	wantText(t, c, `{"received":0,"size":0,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}`)
	wantEnd(t, c.Close(1000, ""), 1000, "")
}

func TestUploadRefusesWhatDoesNotFit(t *testing.T) {
	h := load(t, "upload")
	const size, piece = "say the size in bytes first, as text", "want a binary message that is no longer than what is missing"
	tests := []struct {
		name     string
		messages []wsh.Message
		reason   string
	}{
		{"no size", []wsh.Message{wsh.Binary([]byte("5"))}, size},
		{"no number", []wsh.Message{wsh.Text("five")}, size},
		{"negative", []wsh.Message{wsh.Text("-5")}, size},
		{"too long", []wsh.Message{wsh.Text("2"), wsh.Binary([]byte("abc"))}, piece},
		{"text piece", []wsh.Message{wsh.Text("3"), wsh.Text("abc")}, piece},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := wshtest.Dial(t, h)
			for _, m := range tt.messages {
				c.Send(m)
			}
			wantEnd(t, c.Wait(), wsh.StatusPolicyViolation, tt.reason)
		})
	}
}

// TestTickerServesManyAtOnce has every client ask for a pace of its own: what belongs to one must not
// reach another.
func TestTickerServesManyAtOnce(t *testing.T) {
	h := load(t, "ticker")
	const many, rounds = 20, 20
	pace := func(i, round int) string { return fmt.Sprintf("%dms", 10+rounds*i+round) }
	var clients []*wshtest.Client
	for i := range many {
		c := wshtest.Dial(t, h)
		clients = append(clients, c)
		for round := range rounds {
			c.SendText(pace(i, round))
		}
		c.SendText("1ns")
	}
	for i, c := range clients {
		for round := range rounds {
			if got, want := afterTicks(c), "every "+pace(i, round); got != want {
				t.Errorf("client %d: got %q, want %q", i, got, want)
			}
		}
		if got, want := afterTicks(c), `want a duration of 10ms to 1h such as "250ms", or "stop"`; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// afterTicks receives until something comes that is no tick.
func afterTicks(c *wshtest.Client) string {
	for {
		if text := c.ReceiveText(); !strings.HasPrefix(text, "tick ") {
			return text
		}
	}
}

func TestTickerTicksUnasked(t *testing.T) {
	c := wshtest.Dial(t, load(t, "ticker"))
	if got := c.ReceiveText(); !strings.HasPrefix(got, "tick 1 at ") {
		t.Errorf("got %q, want the first tick", got)
	}
	c.SendText("10ms")
	wantText(t, c, "every 10ms")
	for n := 2; n < 6; n++ {
		if got, want := c.ReceiveText(), fmt.Sprintf("tick %d at ", n); !strings.HasPrefix(got, want) {
			t.Errorf("got %q, want %s…", got, want)
		}
	}
	c.SendText("stop")
	wantEnd(t, c.Wait(), 1000, "")
	wantEnd(t, wshtest.Dial(t, load(t, "ticker")).Close(1000, ""), 1000, "")
}

func TestHTTPEchoAnswersBothWays(t *testing.T) {
	h := load(t, "httpecho")
	c := wshtest.Dial(t, h)
	c.SendText("你好")
	wantText(t, c, "你好这是你发来的。。。")
	c.SendBinary([]byte{8, 6, 7})
	if got := c.Receive(); !got.Binary || !bytes.Equal(got.Data, []byte{8, 6, 7}) {
		t.Errorf("got binary %v %v, want the bytes as they were", got.Binary, got.Data)
	}
	wantEnd(t, c.Close(1000, ""), 1000, "")

	tests := []struct{ target, kind, begin string }{
		{"/app02/echo/?message=%E4%BD%A0%E5%A5%BD", "text/plain; charset=utf-8", "你好"},
		{"/app02/echo/?message=", "text/plain; charset=utf-8", ""},
		{"/app02/echo/", "text/html; charset=utf-8", "<!DOCTYPE html>"},
	}
	for _, tt := range tests {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.target, nil))
		body := w.Body.String()
		if got := w.Header().Get("Content-Type"); w.Code != 200 || got != tt.kind || !strings.HasPrefix(body, tt.begin) {
			t.Errorf("%s: got %d %s %.40q, want 200 %s %q", tt.target, w.Code, got, body, tt.kind, tt.begin)
		}
		if tt.begin == "" && body != "" {
			t.Errorf("%s: got %q, want nothing", tt.target, body)
		}
	}
}
