package peer

import (
	"net/http"
	"net/netip"
	"testing"
)

// FuzzForwarded sends headers of a client through a proxy that adds its own: whatever the client
// sends, it is identified as the proxy saw it, or refused. The proxy's own headers are also read
// alone.
func FuzzForwarded(f *testing.F) {
	for _, seed := range []struct{ x, forwarded, proto, host string }{
		{"203.0.113.7", "for=203.0.113.7", "https", "example.com"},
		{"127.0.0.1, 10.0.0.1", `for="[2001:db8::1]:80";by=_x`, "http, https", "a:1"},
		{"unix:, unknown, _x", `for="`, "wss", "[::1]"},
		{",,", `for="\`, "", "a,b"},
		{"[::1", `for=10.0.0.1;by="\"`, "HTTP", " "},
		{"::ffff:10.0.0.1", ";;,", "", ""},
	} {
		f.Add(seed.x, seed.forwarded, seed.proto, seed.host)
	}
	f.Fuzz(func(t *testing.T, x, forwarded, proto, host string) {
		alone := request(x, forwarded)
		alone.Header.Set("X-Forwarded-Proto", proto)
		alone.Header.Set("X-Forwarded-Host", host)
		if _, err := proxies.Identify(alone); err == nil {
			checkAddr(t, alone.RemoteAddr)
		} else if alone.RemoteAddr != "10.0.0.1:5" || alone.Host != "" || alone.TLS != nil {
			t.Fatalf("refused (%v), and yet changed: %+v", err, alone)
		}
		const client = "198.51.100.9"
		for _, q := range []*http.Request{
			request(x+", "+client, ""), request(x+","+client+", 10.9.9.9", ""),
			request("", forwarded+", for="+client), request("", forwarded+`,for="`+client+`";by="10.9.9.9"`),
			request(x+", "+client, forwarded+", for="+client+", for=10.9.9.9"),
		} {
			if _, err := proxies.Identify(q); err == nil && q.RemoteAddr != client+":0" {
				t.Fatalf("%q: got %s, want %s", q.Header, q.RemoteAddr, client)
			}
		}
		// Nothing to the left of the client is so much as looked at.
		q := request(x+", "+client, "")
		if _, err := proxies.Identify(q); err != nil {
			t.Fatalf("%q: %v", q.Header, err)
		}
		if q := request(x, forwarded); x+forwarded != "" {
			q.RemoteAddr = "192.0.2.1:5"
			if ignored, err := proxies.Identify(q); !ignored || err != nil || q.RemoteAddr != "192.0.2.1:5" {
				t.Fatalf("from elsewhere: got %s, ignored %v, %v", q.RemoteAddr, ignored, err)
			}
		}
	})
}

func request(x, forwarded string) *http.Request {
	q := &http.Request{RemoteAddr: "10.0.0.1:5", Header: http.Header{}}
	if x != "" {
		q.Header.Set("X-Forwarded-For", x)
	}
	if forwarded != "" {
		q.Header.Set("Forwarded", forwarded)
	}
	return q
}

// checkAddr wants what everything after relies on: address:port, or one of two words.
func checkAddr(t *testing.T, addr string) {
	if _, err := netip.ParseAddrPort(addr); err != nil && addr != Unix && addr != Unknown {
		t.Fatalf("the client's address is %q", addr)
	}
}
