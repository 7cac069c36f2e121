package urlpath

import (
	"net/url"
	"strings"
	"testing"

	"wshd/plugins/wsh/growth"
)

func TestEscape(t *testing.T) {
	for path, want := range map[string]string{
		"/":                 "/",
		"/a/b.c-d_e~f":      "/a/b.c-d_e~f",
		"/聊天":               "/%E8%81%8A%E5%A4%A9",
		"/café":             "/caf%C3%A9",
		"/my chat":          "/my%20chat",
		"/c#":               "/c%23",
		"/100%":             "/100%25",
		"/a%20b":            "/a%2520b",
		"/what?":            "/what%3F",
		`/a\b`:              "/a%5Cb",
		"/\"<>`{}":          "/%22%3C%3E%60%7B%7D",
		"/a^b":              "/a%5Eb",
		"/!$&'()*+,;=:@[]|": "/!$&'()*+,;=:@[]|",
		"/\xff\x7f\x00":     "/%FF%7F%00",
	} {
		got := Escape(path)
		if got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
		if back, ok := Unescape(got); back != path || !ok {
			t.Errorf("%q: got back %q, %v", got, back, ok)
		}
		if u, err := url.Parse("ws://localhost" + got); err != nil || u.Path != path {
			t.Errorf("%q is read as %+v, %v", got, u, err)
		}
	}
}

func TestOtherWaysToWriteAPathAreOtherPaths(t *testing.T) {
	for _, path := range []string{"/%65cho", "/%e8%81%8a", "/caf%c3%a9", "/a%2Fb", "/%2E%2E/x", "/a%7Eb", "/a%", "/a%2", "/a%zz", "/my chat", "/聊天",
		"/my%20chat%21", "/聊%E5%A4%A9", "/a+b%20%2B"} {
		if got, ok := Unescape(path); ok {
			t.Errorf("%q: got %q", path, got)
		}
	}
	for _, path := range []string{"/a^b", "/a%5Eb", "/my%20^", "/my%20%5E"} {
		if _, ok := Unescape(path); !ok {
			t.Errorf("%q: not ok", path)
		}
	}
}

func FuzzUnescape(f *testing.F) {
	f.Add("/caf%C3%A9 ^")
	f.Fuzz(func(t *testing.T, s string) {
		if path, ok := Unescape(s); ok && Escape(path) != strings.ReplaceAll(s, "^", "%5E") {
			t.Errorf("%q is %q, which is %q", s, path, Escape(path))
		}
		if path, ok := Unescape(Escape(s)); !ok || path != s {
			t.Errorf("%q: got back %q, %v", s, path, ok)
		}
	})
}

func BenchmarkUnescape(b *testing.B) {
	growth.Doubling(b, 1<<10, 1<<16, func(n int) func() {
		path := "/" + strings.Repeat("%E8%81%8A", n/9)
		return func() {
			if _, ok := Unescape(path); !ok {
				b.Fatal("not ok")
			}
		}
	})
}
