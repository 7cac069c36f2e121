package door

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Origins are browsers' word for which site a page came from (RFC 6454). Browsers let any page
// connect anywhere, cookies included, so a host that does not look lets any site act for its users:
// cross-site WebSocket hijacking.

// CheckOrigins returns an error that names the first entry that is neither "default", "*", "null"
// nor an origin such as https://example.com, https://*.example.com or http://example.com:8080.
func CheckOrigins(list []string) error {
	for _, entry := range list {
		if entry == "default" || entry == "*" || entry == "null" {
			continue
		}
		u, err := url.Parse(entry)
		if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("%q is no origin: write scheme://host or scheme://host:port, default, null or *", entry)
		}
		if strings.Contains(strings.TrimPrefix(u.Hostname(), "*."), "*") {
			return fmt.Errorf("%q: a * stands for the first labels only, as in https://*.example.com", entry)
		}
	}
	return nil
}

// allowsOrigin reports whether a handshake's origin may come in.
func (r *Rules) allowsOrigin(q *http.Request) bool {
	list := r.Origins
	values := q.Header.Values("Origin")
	if len(values) > 1 {
		return false
	}
	if list == nil {
		list = []string{"default"}
	}
	if len(values) == 1 && values[0] == "file://" { // Electron's and Android's WebView's word for null
		values = []string{"null"}
	}
	for _, entry := range list {
		switch {
		case entry == "*":
			return true
		case entry == "default":
			if len(values) == 0 || r.allowsByDefault(q, values[0]) {
				return true
			}
		case len(values) == 1 && matchOrigin(entry, values[0]):
			return true
		}
	}
	return false
}

// allowsByDefault lets in the same host, and, while every listener is on loopback, pages of this
// machine: from loopback origins and from files, whose origin is null. A page of any site can make
// its origin null in a sandboxed frame, so that holds only for requests that name a loopback host
// themselves and did not come by a proxy.
func (r *Rules) allowsByDefault(q *http.Request, origin string) bool {
	host, port, ok := splitOrigin(origin)
	if ok && sameHost(host, port, q.Host) {
		return true
	}
	return r.Local && FromHere(q) && (origin == "null" || ok && IsLoopbackName(host))
}

// FromHere reports whether a request that came by loopback is one of this machine's: it names the
// machine so, as no page of a site that has its name lead here does, and came by no proxy.
func FromHere(q *http.Request) bool {
	return IsLoopbackName(HostName(q.Host)) && !proxied(q)
}

// splitOrigin takes an origin's host and port; the port is "" if it is the scheme's own.
func splitOrigin(origin string) (host, port string, ok bool) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return "", "", false
	}
	port = u.Port()
	if port == "80" && u.Scheme == "http" || port == "443" && u.Scheme == "https" {
		port = ""
	}
	return strings.ToLower(u.Hostname()), port, true
}

// sameHost compares an origin with a Host header, whose scheme is not known: behind a proxy that
// ends TLS it is not the connection's.
func sameHost(host, port, header string) bool {
	h, p := HostName(header), ""
	if _, q, err := net.SplitHostPort(header); err == nil {
		p = q
	}
	if p == "80" || p == "443" {
		p = ""
	}
	return strings.EqualFold(host, h) && port == p
}

// HostName cuts the port, and the brackets of an IPv6 address, off a Host header.
func HostName(header string) string {
	if h, _, err := net.SplitHostPort(header); err == nil {
		return h
	}
	return strings.Trim(header, "[]")
}

// proxied reports whether a proxy says that it passed the request on.
func proxied(q *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if q.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// matchOrigin compares an origin with one entry of the list: scheme and port must be the same, and
// a leading *. stands for one or more labels.
func matchOrigin(entry, origin string) bool {
	if entry == "null" || origin == "null" {
		return entry == origin
	}
	want, err := url.Parse(entry)
	if err != nil {
		return false
	}
	got, err := url.Parse(origin)
	if err != nil || !strings.EqualFold(want.Scheme, got.Scheme) {
		return false
	}
	wantHost, wantPort, _ := splitOrigin(entry)
	host, port, ok := splitOrigin(origin)
	if !ok || port != wantPort {
		return false
	}
	if suffix, wild := strings.CutPrefix(wantHost, "*."); wild {
		return strings.HasSuffix(host, "."+suffix) && len(host) > len(suffix)+1
	}
	return host == wantHost
}

// IsLoopbackName reports whether a host name, without port, is this machine's for itself.
func IsLoopbackName(host string) bool {
	host = strings.Trim(host, "[]")
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// plainOrigin has nothing in it that means something to a shell.
var plainOrigin = regexp.MustCompile(`^(null|https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?)$`)

// withOrigin is what to type for the origins that are let in and one more. Who refuses a strange one has
// not to paste it.
func (r *Rules) withOrigin(origin string) string {
	if !plainOrigin.MatchString(origin) {
		origin = "ORIGIN"
	}
	list := r.Origins
	if list == nil {
		list = []string{"default"}
	}
	return strings.Join(append(slices.Clone(list), origin), ",")
}
