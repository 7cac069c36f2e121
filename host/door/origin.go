package door

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Origins are browsers' word for which site a page came from (RFC 6454). Browsers let any page
// connect anywhere, cookies included, so a host that does not look lets any site act for its users:
// cross-site WebSocket hijacking.

// The words that may stand in place of an origin.
const (
	originDefault = "default" // same, and pages of this machine while only it can connect
	originSame    = "same"    // requests without an origin, and pages of this host
	originAny     = "*"
	originNull    = "null" // pages from disk, and of sandboxed frames of any site
)

// CheckOrigins returns an error that names the first entry that no browser's origin can match, and is none of
// the words "default", "same", "*" and "null". Origins are https://example.com, https://*.example.com or
// http://example.com:8080; names may be in letters that browsers send as punycode.
func CheckOrigins(list []string) error {
	for _, entry := range list {
		switch entry {
		case originDefault, originSame, originAny, originNull:
			continue
		}
		u, err := url.Parse(entry)
		if err != nil || u.Scheme == "" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
			return fmt.Errorf("%q is no origin: %s", entry, originMeant(entry, u))
		}
		if err := checkOrigin(u); err != nil {
			return fmt.Errorf("%q: %w", entry, err)
		}
	}
	return nil
}

// originMeant is how to write what somebody took for an origin.
func originMeant(entry string, u *url.URL) string {
	const all = "write scheme://host or scheme://host:port, default, same, null or *"
	if u == nil {
		return all
	}
	if u.Scheme != "" && u.Host != "" {
		bare := url.URL{Scheme: u.Scheme, Host: u.Host}
		if err := checkOrigin(&bare); err != nil {
			return all
		}
		what := "an origin is a scheme, a host and a port alone"
		if strings.TrimRight(entry, "/") == bare.String() {
			what = "browsers send it without the slash at its end"
		}
		return fmt.Sprintf("%s (write %s)", what, bare.String())
	}
	if bare, err := url.Parse("https://" + entry); err == nil && bare.Host == entry && strings.Contains(entry, ".") && checkOrigin(bare) == nil {
		return fmt.Sprintf("the scheme is missing (write %s)", bare)
	}
	return all
}

// checkOrigin says why no browser sends such an origin.
func checkOrigin(u *url.URL) error {
	switch u.Scheme {
	case "ws", "wss":
		return errors.New("the origin is the page's, so write http or https")
	case "http", "https":
	default:
		return nil // chrome-extension://... has names of its own
	}
	if port := u.Port(); strings.HasSuffix(u.Host, ":") || port != "" && !isPort(port) {
		return errors.New("its port is none")
	}
	name := strings.TrimPrefix(u.Hostname(), "*.")
	if strings.Contains(name, "*") {
		return errors.New("a * stands for the first labels only, as in https://*.example.com")
	}
	_, err := NormalName(name)
	return err
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && strconv.FormatUint(n, 10) == s
}

// From is how a request came, as far as it matters to whose name its Host is.
type From struct {
	Loopback bool // by a TCP listener on loopback, where any site can have its own name lead
	Proxy    bool // of a trusted proxy, who knows whose Host it passes on
}

// allowsOrigin reports whether a handshake's origin may come in. strange is true if it is the same as the
// Host, of which nobody knows whether it is this host's.
func (r *Rules) allowsOrigin(q *http.Request, from From) (ok, strange bool) {
	list := r.Origins
	values := q.Header.Values("Origin")
	if len(values) > 1 {
		return false, false
	}
	if list == nil {
		list = []string{originDefault}
	}
	if len(values) == 1 && values[0] == "file://" { // Electron's and Android's WebView's word for null
		values = []string{originNull}
	}
	var page origin // taken apart once, however many entries there are
	if len(values) == 1 {
		page = parseOrigin(values[0])
	}
	for _, entry := range list {
		switch {
		case entry == originAny:
			return true, false
		case entry == originDefault || entry == originSame:
			if len(values) == 0 || entry == originDefault && r.isOfThisMachine(q, page) {
				return true, false
			}
			if isSameHost(q, page) {
				if r.isOurs(q, from) {
					return true, false
				}
				strange = true
			}
		case len(values) == 1 && matchOrigin(entry, page):
			return true, false
		}
	}
	return false, strange
}

// isOurs reports whether a request's Host is a name of this host. On loopback it may be that of a site whose
// page looked here for what it calls its own host: DNS rebinding. Such a page can send no header of a proxy.
func (r *Rules) isOurs(q *http.Request, from From) bool {
	return !from.Loopback || from.Proxy || proxied(q) || r.names(q)
}

// names reports whether a request's Host is a name that this machine has for itself, or that it was given.
func (r *Rules) names(q *http.Request) bool {
	host := HostName(q.Host)
	return IsLoopbackName(host) || slices.ContainsFunc(r.Names, func(name string) bool { return SameName(name, host) })
}

// isOfThisMachine lets in, while every listener is on loopback, pages of this machine: from loopback origins
// and from files, whose origin is null. A page of any site can make its origin null in a sandboxed frame.
// They hold only for requests that name a loopback host themselves and did not come by a proxy.
func (r *Rules) isOfThisMachine(q *http.Request, page origin) bool {
	if !r.Local || proxied(q) || !IsLoopbackName(HostName(q.Host)) {
		return false
	}
	return page.text == originNull || page.ok && IsLoopbackName(page.host)
}

// FromHere reports whether a request that came by loopback is one of this machine's: it names the machine
// so, as no page of a site that has its name lead here does, and came by no proxy.
func (r *Rules) FromHere(q *http.Request) bool { return r.names(q) && !proxied(q) }

// origin is an origin taken apart.
type origin struct {
	text   string // as it is sent, or configured
	scheme string
	host   string // as NormalName has it; an entry's may begin with *.
	port   string // "" if it is the scheme's own
	ok     bool   // it has a host
}

func parseOrigin(text string) origin {
	o := origin{text: text}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return o
	}
	o.scheme, o.port, o.ok = u.Scheme, u.Port(), true
	if o.port == "80" && u.Scheme == "http" || o.port == "443" && u.Scheme == "https" {
		o.port = ""
	}
	name, wild := strings.CutPrefix(u.Hostname(), "*.")
	if o.host, err = NormalName(name); err != nil {
		o.host = strings.ToLower(name)
	}
	if wild {
		o.host = "*." + o.host
	}
	return o
}

// isSameHost compares an origin with the Host header, whose scheme is not known: behind a proxy that ends
// TLS it is not the connection's.
func isSameHost(q *http.Request, page origin) bool {
	p := ""
	if _, given, err := net.SplitHostPort(q.Host); err == nil {
		p = given
	}
	if p == "80" || p == "443" {
		p = ""
	}
	return page.ok && page.port == p && SameName(page.host, HostName(q.Host))
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
	for name := range q.Header {
		switch {
		case strings.HasPrefix(name, "X-Forwarded-"):
			return true
		case slices.Contains(ofProxies, name):
			return true
		}
	}
	return false
}

// ofProxies are headers that proxies write, and pages cannot.
var ofProxies = []string{"Forwarded", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "Via"}

// matchOrigin compares an origin with one entry of the list: scheme and port must be the same, and
// a leading *. stands for one or more labels.
func matchOrigin(entry string, page origin) bool {
	if entry == originNull || page.text == originNull {
		return entry == page.text
	}
	want := parseOrigin(entry)
	if !want.ok || !page.ok || !strings.EqualFold(want.scheme, page.scheme) || want.port != page.port {
		return false
	}
	if suffix, wild := strings.CutPrefix(want.host, "*."); wild {
		return strings.HasSuffix(page.host, "."+suffix) && len(page.host) > len(suffix)+1
	}
	return page.host == want.host
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
