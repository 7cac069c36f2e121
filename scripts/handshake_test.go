package scripts_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestCookieIsSetByHandshake(t *testing.T) {
	h := load(t, "cookie")
	tests := []struct {
		resource string
		want     []string
	}{
		{"/cookie", nil},
		{"/cookie?set", []string{"foo=bar; Max-Age=86400"}},
		{"/cookie?set_httponly", []string{"httpOnlyFoo=bar; Max-Age=86400; httpOnly"}},
		{"/cookie?clear", []string{"foo=0; Max-Age=0", "httpOnlyFoo=0; Max-Age=0"}},
		{"/cookie?unknown", nil},
	}
	for _, tt := range tests {
		t.Run(tt.resource, func(t *testing.T) {
			c := wshtest.Dialer{Resource: tt.resource}.Dial(t, h)
			if got := c.Response().Header.Values("Set-Cookie"); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			wantEnd(t, c.Wait(), 1000, "")
		})
	}
}

func TestHSTSSaysHello(t *testing.T) {
	c := wshtest.Dial(t, load(t, "hsts"))
	if got := c.Response().Header.Get("Strict-Transport-Security"); got != "max-age=86400" {
		t.Errorf("got %q, want max-age=86400", got)
	}
	if got := c.ReceiveText(); got != "Hello" {
		t.Errorf("got %q, want Hello", got)
	}
	wantEnd(t, c.Wait(), 1000, "")
}

func TestOriginCheckLetsOneSiteIn(t *testing.T) {
	h := load(t, "origin_check")
	for _, origin := range []string{"", "null", "http://bad.example.com", "https://example.com", "http://example.com:81"} {
		c := wshtest.Dialer{Origin: origin}.Dial(t, h)
		if got := c.Response().Status; got != http.StatusForbidden {
			t.Errorf("origin %q: got %d, want 403", origin, got)
		}
	}
	c := wshtest.Dialer{Resource: "/origin_check", Origin: "http://example.com"}.Dial(t, h)
	if got, want := c.ReceiveText(), "origin_check is called for /origin_check from http://example.com"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	wantEnd(t, c.Wait(), 1000, "")
}

func TestEchoNoextDeclinesCompression(t *testing.T) {
	for name, want := range map[string]bool{"echo": true, "echo_noext": false, "benchmark_helper": false, "polling": false} {
		c := wshtest.Dial(t, load(t, name))
		c.Response()
		if got := c.Compressed(); got != want {
			t.Errorf("%s: compression is %v, want %v", name, got, want)
		}
	}
}

func TestAbortHandshakeAnswersNothing(t *testing.T) {
	got := wshtest.Dial(t, load(t, "abort_handshake")).Response()
	if got.Status != 0 || !errors.Is(got.Err, wsh.ErrAborted) {
		t.Errorf("got status %d, %v, want no answer", got.Status, got.Err)
	}
}

func TestAbortSendsNoCloseFrame(t *testing.T) {
	c := wshtest.Dial(t, load(t, "abort"))
	if got := c.Response().Status; got != http.StatusSwitchingProtocols {
		t.Errorf("got status %d, want 101", got)
	}
	got := c.Wait()
	if !errors.Is(got.Err, wsh.ErrAborted) {
		t.Errorf("got error %v, want ErrAborted", got.Err)
	}
	wantEnd(t, got, wsh.StatusAbnormalClosure, "")
}

func TestInternalErrorClosesWith1011(t *testing.T) {
	got := wshtest.Dial(t, load(t, "internal_error")).Wait()
	if !errors.Is(got.Err, wsh.ErrBadOperation) {
		t.Errorf("got error %v, want ErrBadOperation", got.Err)
	}
	wantPanicFree(t, got.Err)
	wantEnd(t, got, 1011, "")
}

func TestCloseClosesAsTold(t *testing.T) {
	h := load(t, "close")
	tests := []struct {
		message string
		code    wsh.StatusCode
		reason  string
	}{
		{"3333 sun", 3333, "sun"},
		{"1000 ", 1000, ""},
		{"4999 two words", 4999, "two words"},
		{"1005 not to be sent", 1011, ""},
		{"0 no code", 1011, ""},
		{"65536 too large", 1011, ""},
		{"-1 negative", 1011, ""},
		{"1000", 1011, ""},
		{"words only", 1011, ""},
	}
	for _, tt := range tests {
		t.Run(tt.message, func(t *testing.T) {
			c := wshtest.Dial(t, h)
			c.SendText(tt.message)
			got := c.Wait()
			wantPanicFree(t, got.Err)
			wantEnd(t, got, tt.code, tt.reason)
		})
	}
}

func TestCloseAnswersAsClosed(t *testing.T) {
	h := load(t, "close")
	wantEnd(t, wshtest.Dial(t, h).Close(3333, "sun"), 3333, "sun")
	wantEnd(t, wshtest.Dial(t, h).Close(0, ""), wsh.StatusNoStatusReceived, "")
}
