package limit

import (
	"container/list"
	"net/netip"
	"time"
)

// Connection is one of Accepted's connections, until Release.
type Connection struct {
	Excess *Excess // what it is to be refused; nil: it is served

	in       *Accepted
	close    func()
	client   netip.Prefix // the zero value: not known
	since    time.Time    // it waits for a request
	set      bool         // by SetClient
	socket   bool
	released bool

	all, own *list.Element // in the waiting of in, and of its client
}

// wait puts x at the end of one of the lists of waiting connections, and of the same of its client. in.mu is
// held.
func (x *Connection) wait(in func(*waiting) *list.List) {
	x.all = in(&x.in.waiting).PushBack(x)
	if v := x.in.clients[x.client]; v != nil {
		x.own = in(&v.waiting).PushBack(x)
	}
}

// stopWaiting takes x off the lists. in.mu is held.
func (x *Connection) stopWaiting() {
	rs := []*waiting{&x.in.waiting}
	if v := x.in.clients[x.client]; v != nil {
		rs = append(rs, &v.waiting)
	}
	for _, r := range rs {
		for _, l := range []*list.List{&r.idle, &r.fresh} {
			for _, e := range []*list.Element{x.all, x.own} {
				if e != nil {
					l.Remove(e) // does nothing in another list
				}
			}
		}
	}
	x.all, x.own = nil, nil
}

// Busy says that a request has begun.
func (x *Connection) Busy() {
	x.in.mu.Lock()
	defer x.in.mu.Unlock()
	x.stopWaiting()
}

// Idle says that the connection waits for another request.
func (x *Connection) Idle(now time.Time) {
	x.in.mu.Lock()
	defer x.in.mu.Unlock()
	if x.stopWaiting(); x.released || x.Excess != nil {
		return
	}
	x.since = now
	x.wait(func(r *waiting) *list.List { return &r.idle })
}

// SetClient names the client of a request on a connection whose client was not known, until ClearClient. The
// Excess says that this client has too many connections already.
func (x *Connection) SetClient(client netip.Prefix, b Bounds, now time.Time) *Excess {
	x.in.mu.Lock()
	if x.client.IsValid() || !client.IsValid() || x.released || x.Excess != nil {
		x.in.mu.Unlock()
		return nil
	}
	no, evicted := x.in.makeSpace(client, b, now, 0)
	if no == nil {
		x.client, x.set = client, true
		x.in.countClient(x, 1)
	}
	x.in.mu.Unlock()
	evicted.closeEvicted()
	return no
}

// ClearClient undoes SetClient.
func (x *Connection) ClearClient() {
	x.in.mu.Lock()
	defer x.in.mu.Unlock()
	if x.released || !x.set || x.Excess != nil { // a conn that is refused of its Excess stays the client's until it has left
		return
	}
	x.stopWaiting()
	x.in.countClient(x, -1)
	x.client, x.set = netip.Prefix{}, false
}

// Upgraded says that the connection has become a WebSocket, which is never evicted.
func (x *Connection) Upgraded() {
	x.in.mu.Lock()
	defer x.in.mu.Unlock()
	if x.released || x.socket || x.Excess != nil {
		return
	}
	x.stopWaiting()
	x.in.countClient(x, -1)
	x.socket = true
	x.in.countClient(x, 1)
}

// Refused says that the connection will be closed after the answer to its request. Unless many are being
// refused it no longer counts, so that the client may connect again at once.
func (x *Connection) Refused() {
	x.in.mu.Lock()
	defer x.in.mu.Unlock()
	if x.released || x.Excess != nil || !x.in.mayRefuse(x.in.clients[x.client]) {
		return
	}
	x.stopWaiting()
	x.in.count(x, -1)
	x.Excess = new(Excess)
	x.in.countRefused(x, 1)
}

// Release uncounts the connection. Further calls do nothing.
func (x *Connection) Release() {
	x.in.mu.Lock()
	defer x.in.mu.Unlock()
	x.releaseLocked()
}

func (x *Connection) releaseLocked() {
	if x.released {
		return
	}
	x.stopWaiting()
	x.released = true
	if x.Excess != nil {
		x.in.countRefused(x, -1)
		return
	}
	x.in.count(x, -1)
}

// closeEvicted closes a connection that was evicted; nil: there is none.
func (x *Connection) closeEvicted() {
	if x != nil {
		x.close()
	}
}
