// Package peer says who a request's client is: who is at the other end of the connection or, if that
// is a trusted proxy, whom it names.
package peer

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"wshd/host/door"
)

// Proxies are those that are believed. The zero value believes nobody.
type Proxies struct {
	nets []netip.Prefix
	unix bool
}

// ParseProxies reads networks, addresses and "unix", which stands for all who come by a unix socket.
func ParseProxies(list []string) (p Proxies, err error) {
	var networks []string
	for _, entry := range list {
		if entry == "unix" {
			p.unix = true
			continue
		}
		networks = append(networks, entry)
	}
	p.nets, err = door.ParseNetworks(networks)
	return p, err
}

// Trusts reports whether what comes from an address is believed.
func (p *Proxies) Trusts(a net.Addr) bool {
	switch a := a.(type) {
	case *net.TCPAddr:
		return p.trusts(node{addr: a.AddrPort()})
	case *net.UnixAddr:
		return p.unix
	}
	return false
}

// Unknown is the address of a client whom a proxy does not name.
const Unknown = "unknown"

// Unix is the address of a client who comes by a unix socket.
const Unix = "unix"

// node is a station of a request: a client or a proxy. The zero value is one that is not known.
type node struct {
	addr netip.AddrPort
	unix bool
}

func (p *Proxies) trusts(n node) bool {
	if n.unix {
		return p.unix
	}
	ip := n.addr.Addr().Unmap().WithZone("")
	for _, prefix := range p.nets {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// String is the node as an http.Request's RemoteAddr has it.
func (n node) String() string {
	switch {
	case n.unix:
		return Unix
	case !n.addr.IsValid():
		return Unknown
	}
	return n.addr.String()
}

// nodeOf reads an http.Request's RemoteAddr.
func nodeOf(remote string) node {
	addr, err := netip.ParseAddrPort(remote)
	if err != nil {
		return node{unix: true} // a unix socket's other end has no name: "@" or ""
	}
	return node{addr: addr}
}

// parseNode reads a node as headers have it (RFC 7239, section 6): an address, unknown, or a made-up
// name that begins with _; with a port or not, which may be made up too.
func parseNode(s string) (n node, ok bool) {
	if s == "unix:" || s == "" { // nginx says so of who comes by a unix socket; others say nothing, as the system does
		return node{unix: true}, true
	}
	name, port, hasPort := s, "", false
	if i := strings.LastIndexByte(s, ':'); i > 0 && (strings.Count(s, ":") == 1 || s[i-1] == ']') {
		name, port, hasPort = s[:i], s[i+1:], true
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if hasPort && err != nil && !isObfuscated(port) {
		return node{}, false
	}
	if name == Unknown || isObfuscated(name) {
		return node{}, true
	}
	within, bracketed := strings.CutPrefix(name, "[")
	if bracketed != strings.HasSuffix(within, "]") {
		return node{}, false
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(within, "]"))
	if err != nil || !isZone(addr.Zone()) || bracketed && !addr.Is6() {
		return node{}, false
	}
	return node{addr: netip.AddrPortFrom(addr.Unmap(), uint16(number))}, true
}

// isZone reports whether a zone is one that a system gives its interfaces, as in fe80::1%eth0; "" is none.
func isZone(s string) bool {
	return s == "" || len(s) <= 32 && isObfuscated("_"+s)
}

// isObfuscated reports whether a name or port is made up: _hidden (RFC 7239, section 6.3).
func isObfuscated(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return len(s) > 1 && s[0] == '_'
}
