package stream

import (
	"container/heap"
	"sync"
	"time"
)

// Scheduler runs the checks of the connections that share it, by one timer for all. Its zero value works; it
// must not be copied.
type Scheduler struct {
	start sync.Once
	base  time.Time

	mu      sync.Mutex
	batches map[time.Duration]*batch // by batch.at
	queue   queue
	timer   *time.Timer
}

// batch is the connections whose checks are due at the same time, counted from Scheduler.base. Times are
// rounded up, so that there are few batches, however many connections there are.
type batch struct {
	at    time.Duration
	index int // in Scheduler.queue
	conns []*Conn
}

// scheduled is a connection's place in a batch. It is guarded by Scheduler.mu.
type scheduled struct {
	batch *batch // nil: no check is due
	index int    // in batch.conns
}

// now is the time since the first call.
func (k *Scheduler) now() time.Duration {
	k.start.Do(func() { k.base = time.Now() })
	return time.Since(k.base)
}

// after is the time when d will have passed, rounded up to a multiple of grain; 0 if d is not positive.
func (k *Scheduler) after(d, grain time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return (k.now() + d + grain - 1) / grain * grain
}

// schedule sets the time of c's next check, in place of the one before; 0: none.
func (k *Scheduler) schedule(c *Conn, at time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if m := c.scheduled.batch; m != nil {
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

func (k *Scheduler) add(c *Conn, at time.Duration) {
	m := k.batches[at]
	if m == nil {
		m = &batch{at: at}
		if k.batches == nil {
			k.batches = map[time.Duration]*batch{}
		}
		k.batches[at] = m
		heap.Push(&k.queue, m)
	}
	c.scheduled = scheduled{m, len(m.conns)}
	m.conns = append(m.conns, c)
}

func (k *Scheduler) remove(c *Conn) {
	m, i, last := c.scheduled.batch, c.scheduled.index, len(c.scheduled.batch.conns)-1
	m.conns[i] = m.conns[last]
	m.conns[i].scheduled.index = i
	m.conns[last] = nil
	m.conns = m.conns[:last]
	c.scheduled = scheduled{}
	if last == 0 {
		heap.Remove(&k.queue, m.index)
		delete(k.batches, m.at)
	}
}

// run runs the checks that are due.
func (k *Scheduler) run() {
	now := k.now()
	for _, c := range k.due(now) {
		c.runChecks(now)
	}
}

func (k *Scheduler) due(now time.Duration) (conns []*Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.queue) > 0 && k.queue[0].at <= now {
		m := heap.Pop(&k.queue).(*batch)
		delete(k.batches, m.at)
		for _, c := range m.conns {
			c.scheduled = scheduled{}
		}
		conns = append(conns, m.conns...)
	}
	k.setTimer()
	return conns
}

// setTimer sets the timer for the first batch.
func (k *Scheduler) setTimer() {
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

// queue is a heap of batches, the first on top.
type queue []*batch

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at < q[j].at }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	m := x.(*batch)
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
