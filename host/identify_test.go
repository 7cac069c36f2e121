package host

import (
	"errors"
	"net"
	"strings"
	"testing"

	"wshd/host/peer"
	"wshd/plugins/wsh"
)

// proxiesOf trusts the entries.
func proxiesOf(t *testing.T, list ...string) peer.Proxies {
	t.Helper()
	p, err := peer.ParseProxies(list)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// about is a handler that says who it thinks the client is.
var about = handlers{"/about": {DoExtraHandshake: accept, TransferData: func(r *wsh.Request) error {
	if r.IsHTTPS() {
		return r.SendText(r.RemoteAddr + " by TLS to " + r.Host)
	}
	return r.SendText(r.RemoteAddr + " to " + r.Host)
}}}

func TestHandlersSeeTheClientOfATrustedProxy(t *testing.T) {
	h := serve(t, about, Config{Proxies: proxiesOf(t, "127.0.0.1")})
	c := connect(t, h.addr, "/about", "X-Forwarded-For: 1.2.3.4, 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: example.com")
	c.want(`T"203.0.113.7:0 by TLS to example.com"`)
	if n := h.Spoofed(); n != 0 {
		t.Errorf("got %d spoofed, want 0", n)
	}
	answer, body := dial(t, h.addr).request(head("/about", "X-Forwarded-For: me"))
	if answer.StatusCode != 400 || !strings.Contains(body, `"me" is no address`) {
		t.Errorf("got %s, %s, want 400", answer.Status, body)
	}
}

// Everybody but the first is counted without a line in the log.
func TestWhoIsNoTrustedProxyIsCounted(t *testing.T) {
	h := serve(t, about, Config{Proxies: proxiesOf(t, "192.0.2.1")})
	for range 3 {
		c := connect(t, h.addr, "/about", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: https")
		c.want(`T"` + c.LocalAddr().String() + ` to 127.0.0.1"`)
	}
	h.ProxyIgnored(&net.TCPAddr{IP: net.IPv4(198, 51, 100, 1)})
	if n := h.Spoofed(); n != 4 {
		t.Errorf("got %d spoofed, want 4", n)
	}
	h.log.wait(t, "forwarding headers ignored")
	if n := strings.Count(h.log.String(), "forwarding headers ignored"); n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
}

func TestProxiesAreTrustedAnew(t *testing.T) {
	h := serve(t, about, Config{Proxies: proxiesOf(t, "127.0.0.1")})
	here, there := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}
	if !h.TrustsProxy(here) || h.TrustsProxy(there) {
		t.Error("want the first trusted, and not the second")
	}
	if err := h.Configure(Config{Proxies: proxiesOf(t, "192.0.2.1")}); err != nil {
		t.Fatal(err)
	}
	if h.TrustsProxy(here) || !h.TrustsProxy(there) {
		t.Error("want the second trusted, and not the first")
	}
	h.ProxyRefused(there, errors.New("no header")) // must not need the log of before
}
