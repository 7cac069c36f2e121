package host

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"wshd/host/door"
)

// target is a request target, matched raw: /%65cho and //echo are not /echo.
type target struct {
	resource string // path and query as they came: pywebsocket's ws_resource
	path     string
	fragment bool // there is a #
}

// parseTarget takes the target apart. It is not known if it is absolute and names another host or
// port than ours, as pywebsocket's -V and -P have it.
func parseTarget(q *http.Request, c *Config) (t target, known bool) {
	raw := q.RequestURI
	if !strings.HasPrefix(raw, "/") {
		scheme, rest, found := strings.Cut(raw, "://")
		if !found {
			return target{}, false // "*", or the authority of a CONNECT
		}
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		if !c.isOurs(strings.ToLower(scheme), rest[:end], localAddr(q)) {
			return target{}, false
		}
		raw = rest[end:]
		if !strings.HasPrefix(raw, "/") {
			raw = "/" + raw
		}
	}
	t.resource, _, t.fragment = strings.Cut(raw, "#")
	t.path, _, _ = strings.Cut(t.resource, "?")
	return t, true
}

// lookup asks for the handler of t.
func (c *Config) lookup(q *http.Request, t target) Found {
	if c.Lookup == nil {
		return Found{}
	}
	return c.Lookup(q.Context(), t.path)
}

// isOurs reports whether an absolute target's authority names this host.
func (c *Config) isOurs(scheme, authority string, local netip.AddrPort) bool {
	host, port := authority, map[string]int{"ws": 80, "http": 80, "wss": 443, "https": 443}[scheme]
	if h, p, err := net.SplitHostPort(authority); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return false
		}
		host, port = h, int(n)
	}
	ours := c.ValidationPort
	if ours == 0 {
		ours = int(local.Port())
	}
	if host == "" || port != ours {
		return false
	}
	if c.ValidationHost != "" {
		return door.SameName(strings.Trim(host, "[]"), strings.Trim(c.ValidationHost, "[]"))
	}
	// On a public address a host cannot know its own names; on loopback it does.
	return !local.Addr().IsLoopback() || door.IsLoopbackName(host)
}

// localAddr is the address that q came in on; the zero value for a unix socket.
func localAddr(q *http.Request) netip.AddrPort {
	if a, ok := q.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return a.AddrPort()
	}
	return netip.AddrPort{}
}
