package host

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wshd/host/door"
	"wshd/host/peer"
	"wshd/plugins/wsh/growth"
)

// The whole way of a request whose parts are long, one after the other, to its 404.
func BenchmarkDispatch(b *testing.B) {
	proxies, err := peer.ParseProxies([]string{"192.0.2.0/24", "10.0.0.0/8"})
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(Config{HeaderSize: 1 << 20, Proxies: proxies, HideCookie: "wshd_admin", Log: slog.New(slog.DiscardHandler),
		Lookup: func(context.Context, string) Found { return Found{} },
		Paths:  map[string]*Rules{"/x/": {Door: door.Rules{Origins: []string{"https://*.example.com"}}}}})
	if err != nil {
		b.Fatal(err)
	}
	for _, tt := range []struct {
		name, header, piece string
	}{
		{"path", "", "/x"}, {"query", "", "?a"}, {"escapes", "", "/%78"}, {"Cookie", "Cookie", "wshd_admin=x; "},
		{"Origin", "Origin", "a."}, {"X-Forwarded-For", "X-Forwarded-For", "10.0.0.1, "}, {"Connection", "Connection", "a, "},
		{"Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol", "a "},
	} {
		b.Run(tt.name, func(b *testing.B) {
			growth.Doubling(b, 1<<11, 1<<15, func(n int) func() {
				long := strings.TrimSuffix(strings.Repeat(tt.piece, n/len(tt.piece)), ", ")
				target := "/x/y"
				if tt.header == "" {
					target = strings.Replace("/x"+long, "/x?a?", "/x?", 1)
				}
				return func() {
					q := httptest.NewRequest(http.MethodGet, target, nil)
					q.Header.Set("Sec-WebSocket-Version", "13")
					if tt.header != "" {
						q.Header.Set(tt.header, long)
					}
					s.dispatch(httptest.NewRecorder(), q)
				}
			})
		})
	}
}
