// Package limit counts connections and handshakes, and says when there are too many.
package limit

import (
	"net/http"
	"net/netip"
	"sync"
)

// Bounds are how many connections there may be at once. The zero value bounds nothing.
type Bounds struct {
	Group       string // what is counted together: a pattern of paths; "" is everything
	Connections int    // in all; 0: any number
	PerClient   int    // of one client; 0: any number
}

// The names of the limits that are held here or by net/http, as config.yaml has them.
const (
	Connections         = "connections"
	PerClient           = "per_client"
	HandshakesPerSecond = "handshakes_per_second"
	HandshakeTimeout    = "handshake_timeout"
	HeaderSize          = "header_size"
	Programs            = "cgi_processes"
	ProgramTime         = "cgi_time"
)

// Excess says which limit was exceeded, and how the request is refused for it.
type Excess struct {
	Limit      string
	Status     int    // 429 if it is the client's own doing, 503 if not
	RetryAfter int    // seconds
	Group      string // of the Bounds exceeded
	Plain      bool   // the client's share of Connections for those that are no WebSockets
}

// retryAfter is when a client that was refused may try again, in seconds.
const retryAfter = 10

// Counter counts connections. The zero value is ready for use.
type Counter struct {
	mu     sync.Mutex
	groups map[string]*group
}

type group struct {
	n       int
	clients map[netip.Prefix]int
}

// Ticket is a connection that a Counter has counted, until Release.
type Ticket struct {
	c          *Counter
	client     netip.Prefix
	groups     [2]string
	n          int         // of groups
	Connection *Connection // released too; nil: none
}

// Add counts a connection in each of the bounds, at most two, unless one of them is reached.
func (c *Counter) Add(client netip.Prefix, bounds ...Bounds) (Ticket, *Excess) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := Ticket{c: c, client: client}
	for _, b := range bounds {
		if no := c.group(b.Group).full(client, b); no != nil {
			no.Group = b.Group
			return Ticket{}, no
		}
	}
	for _, b := range bounds {
		g := c.group(b.Group)
		g.n++
		if client.IsValid() {
			g.clients[client]++
		}
		t.groups[t.n] = b.Group
		t.n++
	}
	return t, nil
}

// Release uncounts the connection. The zero Ticket is none.
func (t Ticket) Release() {
	if t.Connection != nil {
		t.Connection.Release()
	}
	if t.c == nil {
		return
	}
	t.c.mu.Lock()
	defer t.c.mu.Unlock()
	for _, name := range t.groups[:t.n] {
		g := t.c.groups[name]
		g.n--
		if g.clients[t.client]--; g.clients[t.client] <= 0 {
			delete(g.clients, t.client)
		}
		if g.n == 0 {
			delete(t.c.groups, name)
		}
	}
}

// group finds or makes a group; c.mu is held.
func (c *Counter) group(name string) *group {
	g := c.groups[name]
	if g == nil {
		if c.groups == nil {
			c.groups = map[string]*group{}
		}
		g = &group{clients: map[netip.Prefix]int{}}
		c.groups[name] = g
	}
	return g
}

func (g *group) full(client netip.Prefix, b Bounds) *Excess {
	switch {
	case b.PerClient > 0 && g.clients[client] >= b.PerClient:
		return &Excess{Limit: PerClient, Status: http.StatusTooManyRequests, RetryAfter: retryAfter}
	case b.Connections > 0 && g.n >= b.Connections:
		return &Excess{Limit: Connections, Status: http.StatusServiceUnavailable, RetryAfter: retryAfter}
	}
	return nil
}

// Client is the network by which a client is identified: its IPv4 address, or the /64 of an IPv6 address, of
// which one client can use all. The zero value stands for an unknown client, such as one on a unix socket;
// those are not bounded per client.
func Client(remoteAddr string) netip.Prefix {
	var addr netip.Addr
	if at, err := netip.ParseAddrPort(remoteAddr); err == nil {
		addr = at.Addr()
	} else if addr, err = netip.ParseAddr(remoteAddr); err != nil {
		return netip.Prefix{}
	}
	addr = addr.Unmap().WithZone("")
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // the length fits
	return p
}
