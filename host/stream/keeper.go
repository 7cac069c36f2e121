package stream

import (
	"container/heap"
	"sync"
	"time"
)

// Keeper looks at the connections that share it, each when that is due: whether somebody reads, whether its
// client is there, whether it has become idle or old. One timer does for all of them. Its zero value works;
// it must not be copied.
type Keeper struct {
	start sync.Once
	base  time.Time

	mu      sync.Mutex
	moments map[time.Duration]*moment // by moment.at
	queue   queue
	timer   *time.Timer
}

// moment is the connections that are looked at together, so long after Keeper.base. Times are rounded up, so
// that there are few moments, however many connections there are.
type moment struct {
	at    time.Duration
	index int // in Keeper.queue
	conns []*Conn
}

// place is where a connection waits. It is guarded by Keeper.mu.
type place struct {
	moment *moment // nil: nowhere
	index  int     // in moment.conns
}

// now is the time since the first call.
func (k *Keeper) now() time.Duration {
	k.start.Do(func() { k.base = time.Now() })
	return time.Since(k.base)
}

// after is the time when d will have passed, rounded up to a multiple of grain; 0 if d is not positive.
func (k *Keeper) after(d, grain time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return (k.now() + d + grain - 1) / grain * grain
}

// schedule sets the time at which c is looked at next, in place of the one before; 0: never.
func (k *Keeper) schedule(c *Conn, at time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if m := c.place.moment; m != nil {
		if m.at == at {
			return
		}
		k.remove(c)
	}
	if at > 0 {
		k.add(c, at)
	}
	k.setTimer()
}

func (k *Keeper) add(c *Conn, at time.Duration) {
	m := k.moments[at]
	if m == nil {
		m = &moment{at: at}
		if k.moments == nil {
			k.moments = map[time.Duration]*moment{}
		}
		k.moments[at] = m
		heap.Push(&k.queue, m)
	}
	c.place = place{m, len(m.conns)}
	m.conns = append(m.conns, c)
}

func (k *Keeper) remove(c *Conn) {
	m, i, last := c.place.moment, c.place.index, len(c.place.moment.conns)-1
	m.conns[i] = m.conns[last]
	m.conns[i].place.index = i
	m.conns[last] = nil
	m.conns = m.conns[:last]
	c.place = place{}
	if last == 0 {
		heap.Remove(&k.queue, m.index)
		delete(k.moments, m.at)
	}
}

// run looks at all that are due.
func (k *Keeper) run() {
	now := k.now()
	for _, c := range k.due(now) {
		c.look(now)
	}
}

func (k *Keeper) due(now time.Duration) (conns []*Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.queue) > 0 && k.queue[0].at <= now {
		m := heap.Pop(&k.queue).(*moment)
		delete(k.moments, m.at)
		for _, c := range m.conns {
			c.place = place{}
		}
		conns = append(conns, m.conns...)
	}
	k.setTimer()
	return conns
}

// setTimer sets the timer for the first moment.
func (k *Keeper) setTimer() {
	switch {
	case len(k.queue) == 0 && k.timer != nil:
		k.timer.Stop()
	case len(k.queue) == 0:
	case k.timer == nil:
		k.timer = time.AfterFunc(k.queue[0].at-k.now(), k.run)
	default:
		k.timer.Reset(k.queue[0].at - k.now())
	}
}

// queue is a heap of moments, the first on top.
type queue []*moment

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at < q[j].at }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	m := x.(*moment)
	m.index = len(*q)
	*q = append(*q, m)
}

func (q *queue) Pop() any {
	last := len(*q) - 1
	m := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return m
}
