package limit

import (
	"container/list"
	"net/netip"
	"time"
)

// Guest is a connection that is counted, until Leave.
type Guest struct {
	Excess *Excess // what it is to be told; nil: it is served

	gate   *Gate
	close  func()
	client netip.Prefix // the zero value: not known
	since  time.Time    // it rests
	named  bool         // by Name
	socket bool
	gone   bool

	all, own *list.Element // in the gate's and the client's resting
}

// rest puts x at the end of a list of the gate's, and of the same of its client's. The gate's mu is held.
func (x *Guest) rest(in func(*resting) *list.List) {
	x.all = in(&x.gate.resting).PushBack(x)
	if v := x.gate.clients[x.client]; v != nil {
		x.own = in(&v.resting).PushBack(x)
	}
}

// rise takes x off the lists. The gate's mu is held.
func (x *Guest) rise() {
	rs := []*resting{&x.gate.resting}
	if v := x.gate.clients[x.client]; v != nil {
		rs = append(rs, &v.resting)
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

// Busy says that a request has come.
func (x *Guest) Busy() {
	x.gate.mu.Lock()
	defer x.gate.mu.Unlock()
	x.rise()
}

// Idle says that the connection waits for another request.
func (x *Guest) Idle(now time.Time) {
	x.gate.mu.Lock()
	defer x.gate.mu.Unlock()
	if x.rise(); x.gone || x.Excess != nil {
		return
	}
	x.since = now
	x.rest(func(r *resting) *list.List { return &r.idle })
}

// Name says which client a request is of that has come on a connection of an unknown one, until Unname. The
// client may have too many already.
func (x *Guest) Name(client netip.Prefix, b Bounds, now time.Time) *Excess {
	x.gate.mu.Lock()
	if x.client.IsValid() || !client.IsValid() || x.gone || x.Excess != nil {
		x.gate.mu.Unlock()
		return nil
	}
	no, gone := x.gate.room(client, b, now, 0)
	if no == nil {
		x.client, x.named = client, true
		x.gate.countClient(x, 1)
	}
	x.gate.mu.Unlock()
	gone.closeNow()
	return no
}

// Unname undoes Name.
func (x *Guest) Unname() {
	x.gate.mu.Lock()
	defer x.gate.mu.Unlock()
	if x.gone || !x.named || x.Excess != nil { // a guest that is told of its Excess stays the client's until it has left
		return
	}
	x.rise()
	x.gate.countClient(x, -1)
	x.client, x.named = netip.Prefix{}, false
}

// Opened says that the connection has become a WebSocket, which is never in the way of others.
func (x *Guest) Opened() {
	x.gate.mu.Lock()
	defer x.gate.mu.Unlock()
	if x.gone || x.socket || x.Excess != nil {
		return
	}
	x.rise()
	x.gate.countClient(x, -1)
	x.socket = true
	x.gate.countClient(x, 1)
}

// Refused says that the connection is to be closed once its client has been told why. It is counted no more,
// if few are being told something: the client may come again at once.
func (x *Guest) Refused() {
	x.gate.mu.Lock()
	defer x.gate.mu.Unlock()
	if x.gone || x.Excess != nil || !x.gate.mayTell(x.gate.clients[x.client]) {
		return
	}
	x.rise()
	x.gate.count(x, -1)
	x.Excess = new(Excess)
	x.gate.tell(x, 1)
}

// Leave uncounts the connection. Further calls do nothing.
func (x *Guest) Leave() {
	x.gate.mu.Lock()
	defer x.gate.mu.Unlock()
	x.leave()
}

func (x *Guest) leave() {
	if x.gone {
		return
	}
	x.rise()
	x.gone = true
	if x.Excess != nil {
		x.gate.tell(x, -1)
		return
	}
	x.gate.count(x, -1)
}

// closeNow closes the connection of a guest that has left for another; nil is none.
func (x *Guest) closeNow() {
	if x != nil {
		x.close()
	}
}
