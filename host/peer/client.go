package peer

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// headers are those by which proxies tell of the client.
var headers = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"}

// client is what proxies tell of it: "" for what they do not.
type client struct{ addr, proto, host string }

// Identify makes a request the client's: RemoteAddr (its port is 0 if no proxy tells it), Host, and
// TLS, which is nil unless the client itself speaks TLS; if only a proxy saw that, it holds nothing.
// Headers are read from the right, for each proxy adds to what it was given, up to the first who is
// no trusted proxy. If what has them does not come from one they count for nothing, and ignored is
// true. An error says what is wrong with a trusted proxy's headers; q is then as it was.
func (p *Proxies) Identify(q *http.Request) (ignored bool, err error) {
	from := nodeOf(q.RemoteAddr)
	var c client
	if told(q.Header) {
		if ignored = !p.trusts(from); !ignored {
			c, err = p.read(q.Header)
		}
	}
	if err != nil {
		return false, err
	}
	q.RemoteAddr = cmp.Or(c.addr, from.String())
	if c.host != "" {
		q.Host = c.host
	}
	switch c.proto {
	case "https", "wss":
		if q.TLS == nil {
			q.TLS = &tls.ConnectionState{}
		}
	case "http", "ws":
		q.TLS = nil
	}
	return ignored, nil
}

func told(h http.Header) bool {
	for _, name := range headers {
		if len(h[name]) > 0 {
			return true
		}
	}
	return false
}

// read puts together what all headers tell. A proxy that knows one kind passes the other on as the
// client sent it, so the two must tell the same.
func (p *Proxies) read(h http.Header) (c client, err error) {
	x, err := p.readX(h)
	if err != nil {
		return c, err
	}
	f, err := p.readForwarded(h)
	if err != nil {
		return c, err
	}
	if c, err = merge(x, f); err != nil {
		return c, err
	}
	c.proto = strings.ToLower(c.proto)
	return c, c.check()
}

func merge(x, f client) (client, error) {
	for _, both := range [...]struct {
		name, x, f string
	}{
		{"X-Forwarded-For", withoutPort(x.addr), withoutPort(f.addr)},
		{"X-Forwarded-Proto", x.proto, f.proto},
		{"X-Forwarded-Host", x.host, f.host},
	} {
		if both.x != "" && both.f != "" && !strings.EqualFold(both.x, both.f) {
			return x, fmt.Errorf("%s says %.50q and Forwarded %.50q: a proxy must remove the headers that it does not write", both.name, both.x, both.f)
		}
	}
	return client{cmp.Or(x.addr, f.addr), cmp.Or(x.proto, f.proto), cmp.Or(x.host, f.host)}, nil
}

// withoutPort is the host of an address: only one of the headers may have the port.
func withoutPort(addr string) string {
	if host, _, err := net.SplitHostPort(addr); err == nil {
		return host
	}
	return addr
}

func (c *client) check() error {
	switch c.proto {
	case "", "http", "https", "ws", "wss":
	default:
		return fmt.Errorf("the client's protocol %.50q is neither http nor https", c.proto)
	}
	if c.host != "" && !isHost(c.host) {
		return fmt.Errorf("the client's host %.50q is none", c.host)
	}
	return nil
}

// isHost wants a name or an address, with a port or not.
func isHost(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && strings.IndexByte(".-_:[]", c) < 0 {
			return false
		}
	}
	return len(s) <= 255
}

// readX reads X-Forwarded-For, and with it -Proto and -Host.
func (p *Proxies) readX(h http.Header) (c client, err error) {
	stations := split(h["X-Forwarded-For"])
	back := 1 // the client's element, counted from the right
	for i := len(stations) - 1; i >= 0; i-- {
		n, ok := parseNode(stations[i])
		if !ok {
			return c, fmt.Errorf("X-Forwarded-For: %.50q is no address", stations[i])
		}
		c.addr, back = n.String(), len(stations)-i
		if !p.trusts(n) {
			break
		}
	}
	c.proto = fromRight(split(h["X-Forwarded-Proto"]), back)
	c.host = fromRight(split(h["X-Forwarded-Host"]), back)
	return c, nil
}

// split takes a header that is a list apart.
func split(values []string) []string {
	all := strings.Join(values, ",")
	if strings.Trim(all, " \t,") == "" {
		return nil
	}
	list := strings.Split(all, ",")
	for i := range list {
		list[i] = strings.Trim(list[i], " \t")
	}
	return list
}

// fromRight is the element that stands as far from the right as the client does: each proxy has added
// one. If there are fewer it is the first.
func fromRight(list []string, back int) string {
	if len(list) == 0 {
		return ""
	}
	return list[max(0, len(list)-back)]
}

func (p *Proxies) readForwarded(h http.Header) (c client, err error) {
	all := strings.Join(h["Forwarded"], ",")
	if strings.Trim(all, " \t,;") == "" {
		return c, nil
	}
	list, err := parseForwarded(all)
	if err != nil {
		return c, err
	}
	for i := len(list) - 1; i >= 0; i-- {
		e := list[i]
		if len(e) > 0 && e["for"] == "" { // it does not say for whom: for the one who says so
			c.addr, c.proto, c.host = "", e["proto"], e["host"]
			break
		}
		n, ok := parseNode(e["for"])
		if !ok {
			return c, fmt.Errorf("header Forwarded: for=%.50q is no address", e["for"])
		}
		c.addr, c.proto, c.host = n.String(), e["proto"], e["host"]
		if !p.trusts(n) {
			break
		}
	}
	return c, nil
}
