package limit

import (
	"container/list"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Accepted counts a host's connections, plain ones and WebSockets, from when they are accepted until they end,
// and evicts idle ones for new ones. The zero value is ready for use.
//
// A new connection over a bound is served if an idle plain one can be evicted for it. Otherwise its request is
// refused with an answer, or, if many are being refused so, it is to be closed at once.
type Accepted struct {
	mu      sync.Mutex
	n       int // connections, without those that are to be refused
	refused int
	waiting waiting
	clients map[netip.Prefix]*perClient
}

const (
	// maxRefused bounds the connections over a bound that are kept until their request has been refused with an
	// answer, maxRefusedEach those of one client.
	maxRefused, maxRefusedEach = 64, 8

	// Of the connections that are no WebSockets one client may have Connections/plainShare, or plainLeast if
	// that is more, whatever PerClient is.
	plainShare, plainLeast = 2, 32

	// freshTime is how long a connection that has sent no request yet is not evicted.
	freshTime = time.Second
)

// waiting are the connections that wait for a request, longest first: idle after an earlier one, or fresh,
// without one.
type waiting struct{ idle, fresh list.List }

// perClient counts the connections of one client.
type perClient struct {
	n, plain, refused int
	waiting           waiting
}

// Add counts a connection that was accepted now. client is not valid if it is not known yet, because a proxy
// passed it on. close is called at most once, when the connection is evicted. With a nil Connection it is to be
// closed at once, because of the Excess.
func (g *Accepted) Add(client netip.Prefix, b Bounds, now time.Time, close func()) (*Connection, *Excess) {
	g.mu.Lock()
	x := &Connection{in: g, client: client, close: close, since: now}
	no, evicted := g.makeSpace(client, b, now, 1)
	v := g.perClientOf(client)
	switch {
	case no == nil:
		g.count(x, 1)
		x.wait(func(r *waiting) *list.List { return &r.fresh })
	case g.mayRefuse(v):
		x.Excess = no
		g.countRefused(x, 1)
	default:
		x = nil
		g.forget(client)
	}
	g.mu.Unlock()
	evicted.closeEvicted()
	return x, no
}

// makeSpace returns the bound that a connection would exceed, or the connection that is evicted for it, if any.
// g.mu is held.
func (g *Accepted) makeSpace(client netip.Prefix, b Bounds, now time.Time, more int) (*Excess, *Connection) {
	var evicted *Connection
	if v := g.clients[client]; v != nil {
		each := b.PerClient > 0 && v.n >= b.PerClient
		plain := b.Connections > 0 && v.plain >= max(plainLeast, b.Connections/plainShare)
		if each || plain {
			if evicted = v.waiting.oldest(now); evicted == nil {
				return &Excess{Limit: PerClient, Status: http.StatusTooManyRequests, RetryAfter: retryAfter, Plain: !each}, nil
			}
			evicted.releaseLocked()
		}
	}
	if evicted == nil && b.Connections > 0 && g.n+more > b.Connections {
		if evicted = g.waiting.oldest(now); evicted == nil {
			return &Excess{Limit: Connections, Status: http.StatusServiceUnavailable, RetryAfter: retryAfter}, nil
		}
		evicted.releaseLocked()
	}
	return nil, evicted
}

// oldest is the connection to be evicted first; nil: none.
func (r *waiting) oldest(now time.Time) *Connection {
	if e := r.idle.Front(); e != nil {
		return e.Value.(*Connection)
	}
	if e := r.fresh.Front(); e != nil && now.Sub(e.Value.(*Connection).since) >= freshTime {
		return e.Value.(*Connection)
	}
	return nil
}

// perClientOf finds or makes the counts of a client; nil: the client is not known. g.mu is held.
func (g *Accepted) perClientOf(client netip.Prefix) *perClient {
	if !client.IsValid() {
		return nil
	}
	v := g.clients[client]
	if v == nil {
		if g.clients == nil {
			g.clients = map[netip.Prefix]*perClient{}
		}
		v = new(perClient)
		g.clients[client] = v
	}
	return v
}

// forget drops the counts of a client without connections. g.mu is held.
func (g *Accepted) forget(client netip.Prefix) {
	if v := g.clients[client]; v != nil && v.n == 0 && v.refused == 0 {
		delete(g.clients, client)
	}
}

// count adds n, 1 or -1, for x to the counts; countRefused does so for a connection that is to be refused. g.mu
// is held.
func (g *Accepted) count(x *Connection, n int) {
	g.n += n
	g.countClient(x, n)
}

func (g *Accepted) countClient(x *Connection, n int) {
	if v := g.perClientOf(x.client); v != nil {
		v.n += n
		if !x.socket {
			v.plain += n
		}
		g.forget(x.client)
	}
}

// mayRefuse reports whether one more connection of a client may be kept to be refused with an answer; nil: the
// client is not known.
func (g *Accepted) mayRefuse(v *perClient) bool {
	return g.refused < maxRefused && (v == nil || v.refused < maxRefusedEach)
}

func (g *Accepted) countRefused(x *Connection, n int) {
	g.refused += n
	if v := g.perClientOf(x.client); v != nil {
		v.refused += n
		g.forget(x.client)
	}
}

// Count is how many connections there are, without those that are to be refused.
func (g *Accepted) Count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}

// Idle is how many connections wait for another request.
func (g *Accepted) Idle() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.waiting.idle.Len()
}
