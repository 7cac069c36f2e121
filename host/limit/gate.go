package limit

import (
	"container/list"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// A Gate stands before everything that a connection can do: it counts connections, plain ones and
// WebSockets, from when they are accepted until they end, and makes room for those that come. The zero
// value is ready for use.
//
// A connection over a bound is let in if an idle plain one can go in its place, else to be told so, if few
// are being told, else not at all.
type Gate struct {
	mu      sync.Mutex
	n       int // connections, without those that are only told
	told    int
	resting resting
	clients map[netip.Prefix]*visitor
}

const (
	// maxTold bounds the connections that are over a bound and wait to be told, maxToldEach those of one client.
	maxTold, maxToldEach = 64, 8

	// plainShare is the part of all connections, and plainLeast the least number, that one client may have which
	// are no WebSockets, whatever PerClient is.
	plainShare, plainLeast = 2, 32

	// newcomer is how long a connection that has sent no request yet is not closed to make room for another.
	newcomer = time.Second
)

// resting are connections without a request, by when they began to be: those that are kept alive, and those
// on which none has come yet.
type resting struct{ idle, fresh list.List }

// visitor is a client.
type visitor struct {
	n, plain, told int
	resting        resting
}

// Enter counts a connection that was accepted now. client is not valid if nobody knows yet who it is:
// someone behind a proxy. close is called at most once, when the connection has to go. A nil Guest is no
// connection, for the Excess.
func (g *Gate) Enter(client netip.Prefix, b Bounds, now time.Time, close func()) (*Guest, *Excess) {
	g.mu.Lock()
	x := &Guest{gate: g, client: client, close: close, since: now}
	no, gone := g.room(client, b, now, 1)
	v := g.visitor(client)
	switch {
	case no == nil:
		g.count(x, 1)
		x.rest(func(r *resting) *list.List { return &r.fresh })
	case g.mayTell(v):
		x.Excess = no
		g.tell(x, 1)
	default:
		x = nil
		g.forget(client)
	}
	g.mu.Unlock()
	gone.closeNow()
	return x, no
}

// room says what keeps a connection out, if no other can go in its place, which is returned. g.mu is held.
func (g *Gate) room(client netip.Prefix, b Bounds, now time.Time, more int) (*Excess, *Guest) {
	var gone *Guest
	if v := g.clients[client]; v != nil {
		each := b.PerClient > 0 && v.n >= b.PerClient
		plain := b.Connections > 0 && v.plain >= max(plainLeast, b.Connections/plainShare)
		if each || plain {
			if gone = v.resting.first(now); gone == nil {
				return &Excess{Limit: PerClient, Status: http.StatusTooManyRequests, RetryAfter: retryAfter, Plain: !each}, nil
			}
			gone.leave()
		}
	}
	if gone == nil && b.Connections > 0 && g.n+more > b.Connections {
		if gone = g.resting.first(now); gone == nil {
			return &Excess{Limit: Connections, Status: http.StatusServiceUnavailable, RetryAfter: retryAfter}, nil
		}
		gone.leave()
	}
	return nil, gone
}

// first is the connection that goes first; nil: none does.
func (r *resting) first(now time.Time) *Guest {
	if e := r.idle.Front(); e != nil {
		return e.Value.(*Guest)
	}
	if e := r.fresh.Front(); e != nil && now.Sub(e.Value.(*Guest).since) >= newcomer {
		return e.Value.(*Guest)
	}
	return nil
}

// visitor finds or makes the entry of a client; nil: the client is not known. g.mu is held.
func (g *Gate) visitor(client netip.Prefix) *visitor {
	if !client.IsValid() {
		return nil
	}
	v := g.clients[client]
	if v == nil {
		if g.clients == nil {
			g.clients = map[netip.Prefix]*visitor{}
		}
		v = new(visitor)
		g.clients[client] = v
	}
	return v
}

// forget forgets a client that has nothing here. g.mu is held.
func (g *Gate) forget(client netip.Prefix) {
	if v := g.clients[client]; v != nil && v.n == 0 && v.told == 0 {
		delete(g.clients, client)
	}
}

// count adds n times x to what is counted, and tell to those that are told. g.mu is held.
func (g *Gate) count(x *Guest, n int) {
	g.n += n
	g.countClient(x, n)
}

func (g *Gate) countClient(x *Guest, n int) {
	if v := g.visitor(x.client); v != nil {
		v.n += n
		if !x.socket {
			v.plain += n
		}
		g.forget(x.client)
	}
}

// mayTell reports whether one more of a client can be told something; nil is one that is not known.
func (g *Gate) mayTell(v *visitor) bool {
	return g.told < maxTold && (v == nil || v.told < maxToldEach)
}

func (g *Gate) tell(x *Guest, n int) {
	g.told += n
	if v := g.visitor(x.client); v != nil {
		v.told += n
		g.forget(x.client)
	}
}

// Count is how many connections there are, without those that are only told that there are too many.
func (g *Gate) Count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}

// Idle is how many connections wait for another request.
func (g *Gate) Idle() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.resting.idle.Len()
}
