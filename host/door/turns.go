package door

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
)

// maxGuesses bounds the guesses that wait for their turn.
const maxGuesses = 64

// ErrBusy is why a guess is not compared: too many wait.
var ErrBusy = errors.New("too many passwords at once")

// turns lets a few guesses at a time be compared. The others wait in queues, one for each client, which take
// turns. When too many wait, a guess of the client that has the most is refused.
type turns struct {
	mu     sync.Mutex
	free   int // turns that nobody has taken
	n      int // guesses that wait
	queues map[netip.Prefix][]*waiting
	order  []netip.Prefix // the clients that wait, by whose turn is next
}

// waiting is a guess in a queue. told receives the outcome, once.
type waiting struct{ told chan error }

// take waits for a turn, which give ends. An error says why there is none: ctx's, or ErrBusy.
func (t *turns) take(ctx context.Context, client netip.Prefix) error {
	w, err := t.queue(ctx, client)
	if w == nil {
		return err
	}
	select {
	case err := <-w.told:
		return err
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.queues[client], w); i >= 0 {
		t.remove(client, i)
	} else if err := <-w.told; err == nil { // its turn came at the same moment
		t.pass()
	}
	return ctx.Err()
}

// queue takes a free turn, or a place in the client's queue, which it returns.
func (t *turns) queue(ctx context.Context, client netip.Prefix) (*waiting, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if t.free > 0 {
		t.free--
		return nil, nil
	}
	if t.n >= maxGuesses {
		most := slices.MaxFunc(t.order, func(a, b netip.Prefix) int { return len(t.queues[a]) - len(t.queues[b]) })
		last := len(t.queues[most]) - 1
		if last <= len(t.queues[client]) {
			return nil, ErrBusy
		}
		t.remove(most, last).told <- ErrBusy
	}
	w := &waiting{make(chan error, 1)}
	if t.queues == nil {
		t.queues = map[netip.Prefix][]*waiting{}
	}
	if len(t.queues[client]) == 0 {
		t.order = append(t.order, client)
	}
	t.queues[client] = append(t.queues[client], w)
	t.n++
	return w, nil
}

// remove takes the i-th of a client's guesses out of its queue. t.mu is held.
func (t *turns) remove(client netip.Prefix, i int) *waiting {
	q := t.queues[client]
	w := q[i]
	t.queues[client] = slices.Delete(q, i, i+1)
	t.n--
	if len(q) == 1 {
		delete(t.queues, client)
		t.order = slices.DeleteFunc(t.order, func(c netip.Prefix) bool { return c == client })
	}
	return w
}

// give ends a turn: the next is the client's that has waited longest for one.
func (t *turns) give() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass()
}

// pass is give; t.mu is held.
func (t *turns) pass() {
	if t.n == 0 {
		t.free++
		return
	}
	client := t.order[0]
	w := t.remove(client, 0)
	if len(t.queues[client]) > 0 {
		t.order = append(t.order[1:], client)
	}
	w.told <- nil
}
