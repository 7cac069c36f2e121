package nats

import (
	"context"
	"fmt"
	"time"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// otherHostLag is how long Join waits for the publication that a client names and this host has not received: the
// client had it from another host, which may be a little ahead.
const otherHostLag = 200 * time.Millisecond

// prepare waits until the room here has what j asks for. Who asks for nothing that is kept may join without.
func (f *feed) prepare(j wsh.JoinOptions) error {
	if f.s == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(f.r.ctx, patience)
	defer cancel()
	asks := j.After != "" || j.Last > 0
	if !f.wait(ctx, func() bool { return f.loaded }) {
		if asks {
			return fmt.Errorf("%w: what the room keeps cannot be read now", wsh.ErrUnavailable)
		}
		return nil
	}
	if asks && !f.r.hub.Whole(f.name) {
		f.requestLoad()
		if !f.wait(ctx, func() bool { return !f.stale }) {
			return fmt.Errorf("%w: what the room keeps cannot be read now", wsh.ErrUnavailable)
		}
	}
	f.mu.Lock()
	last, acked := f.last, f.acked
	f.mu.Unlock()
	need := uint64(0)
	if acked.Epoch == last.Epoch { // who has published here finds that
		need = acked.Seq
	}
	if id, ok := room.ParseID(j.After); ok && id.Epoch == last.Epoch {
		need = max(need, id.Seq)
	}
	if !asks || need <= last.Seq {
		return nil
	}
	soon, cancel := context.WithTimeout(ctx, otherHostLag)
	defer cancel()
	has := func() bool { return f.last.Seq >= need }
	if !f.wait(soon, has) {
		f.requestCompare()
		if !f.wait(ctx, func() bool { return has() || !f.wanted && !f.running && !f.suspect }) {
			return fmt.Errorf("%w: what the room keeps cannot be read now", wsh.ErrUnavailable)
		}
	}
	return nil
}

// wait waits until is holds, which is called with mu held.
func (f *feed) wait(ctx context.Context, is func() bool) bool {
	for {
		f.mu.Lock()
		next, holds, over := f.changed.next(), is(), f.over
		f.mu.Unlock()
		if holds || over {
			return holds
		}
		select {
		case <-next:
		case <-ctx.Done():
			return false
		}
	}
}
