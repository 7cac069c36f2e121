package stream

import (
	"container/heap"
	"sync"
	"time"
)

// Keeper looks at the connections that share it, each when it is due: whether to ping its client, and
// whether that is still there. One timer does for all of them. Its zero value works; it must not be
// copied.
type Keeper struct {
	rounds rounds

	mu    sync.Mutex
	base  time.Time
	queue dues
	timer *time.Timer
}

// due is when a connection is to be looked at: so long after Keeper.base.
type due struct {
	at time.Duration
	c  *Conn
}

// add has c looked at from now on.
func (k *Keeper) add(c *Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.isOver() { // shut sets that before it calls remove
		return
	}
	if k.timer == nil {
		k.base = time.Now()
		k.timer = time.AfterFunc(time.Hour, k.run)
	}
	c.expect(k)
	heap.Push(&k.queue, due{at: c.due(), c: c})
	k.wind()
}

// remove waits for a look at c that is under way.
func (k *Keeper) remove(c *Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if c.life.queued > 0 {
		heap.Remove(&k.queue, c.life.queued-1)
	}
	if k.timer != nil {
		k.wind()
	}
}

// run looks at all that is due.
func (k *Keeper) run() {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Since(k.base)
	for len(k.queue) > 0 && k.queue[0].at <= now {
		c := k.queue[0].c
		c.look(k, now)
		if k.queue[0].at = c.due(); k.queue[0].at > 0 {
			heap.Fix(&k.queue, 0)
		} else {
			heap.Pop(&k.queue)
		}
	}
	k.wind()
}

// after is the moment when d has passed, rounded up so that looks come together; 0 if d is.
func (k *Keeper) after(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	grain := min(max(d/16, time.Millisecond), time.Second)
	at := time.Since(k.base) + d
	return (at + grain - 1) / grain * grain
}

// wind sets the timer for what is due first. k.mu is held.
func (k *Keeper) wind() {
	if len(k.queue) == 0 {
		k.timer.Stop()
		return
	}
	k.timer.Reset(max(k.queue[0].at-time.Since(k.base), 0))
}

// dues is a heap that tells every connection its place.
type dues []due

func (q dues) Len() int           { return len(q) }
func (q dues) Less(i, j int) bool { return q[i].at < q[j].at }

func (q dues) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].c.life.queued, q[j].c.life.queued = i+1, j+1
}

func (q *dues) Push(x any) {
	d := x.(due)
	*q = append(*q, d)
	d.c.life.queued = len(*q)
}

func (q *dues) Pop() any {
	last := len(*q) - 1
	d := (*q)[last]
	(*q)[last] = due{} // or it would keep the connection
	*q = (*q)[:last]
	d.c.life.queued = 0
	return d
}
