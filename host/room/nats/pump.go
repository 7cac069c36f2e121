package nats

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"wshd/host/room"
	"wshd/plugins/wsh"
)

// pump takes what has arrived, one after the other.
func (f *feed) pump() {
	for {
		f.mu.Lock()
		inbox, wanted := f.inbox, f.wanted
		f.inbox, f.wanted = nil, false
		if f.over || len(inbox) == 0 && !wanted {
			f.running = false
			f.mu.Unlock()
			return
		}
		load, compare := !f.loaded || f.stale, wanted || f.suspect
		f.mu.Unlock()
		err := f.refresh(load, compare)
		if err != nil {
			inbox = f.unkept(inbox) // the stream has the others
			f.mu.Lock()
			f.suspect = true // until it could be compared: what nobody publishes after would be missing
			f.mu.Unlock()
		}
		for i := 0; i < len(inbox) && err == nil; i++ {
			err = f.handle(inbox[i])
		}
		if err != nil { // watch asks for another comparison
			f.r.log.Debug("nats", "room", f.name, "err", err)
		}
		f.mu.Lock()
		f.changed.happens()
		f.mu.Unlock()
	}
}

// refresh makes sure that the room has what the leader has, if that is asked for.
func (f *feed) refresh(load, compare bool) error {
	switch {
	case f.s == nil:
		return nil
	case load:
		return f.within(f.load)
	case compare:
		return f.within(f.compare)
	}
	return nil
}

// unkept are those of the inbox that no stream has.
func (f *feed) unkept(inbox []*natsgo.Msg) (list []*natsgo.Msg) {
	for _, m := range inbox {
		if f.isCore(m) {
			list = append(list, m)
		}
	}
	return list
}

func (f *feed) isCore(m *natsgo.Msg) bool { return strings.HasPrefix(m.Subject, f.r.c.Prefix+".c.") }

// handle acts on one message that has arrived: it publishes it here, after what is missing before it.
func (f *feed) handle(m *natsgo.Msg) error {
	if f.isCore(m) {
		_, err := f.r.hub.Publish(f.name, wsh.Message{Binary: m.Header.Get(headerBinary) != "", Data: m.Data}, wsh.PublishOptions{Live: true})
		return err
	}
	epoch := strings.SplitN(strings.TrimPrefix(m.Subject, f.r.c.Prefix), ".", 4)[2]
	k, err := keptOf(m, epoch)
	if err != nil {
		return err
	}
	before, err := strconv.ParseUint(m.Header.Get(jetstream.LastSequenceHeader), 10, 64)
	if err != nil {
		return fmt.Errorf("a message without the number before: %w", err)
	}
	last := f.lastID()
	if epoch != last.Epoch { // another stream has taken the place of that
		f.s.lost(last.Epoch)
		return f.within(f.load)
	}
	if k.ID.Seq <= last.Seq {
		return nil
	}
	if before > last.Seq {
		if err := f.within(func(w *waiting) error { return f.fill(w, before) }); err != nil {
			f.requestCompare()
			return err
		}
		if last = f.lastID(); last.Epoch != epoch || k.ID.Seq <= last.Seq {
			return nil
		}
		if last.Seq != before { // a stale answer
			f.requestCompare()
			return nil
		}
	}
	f.push(k)
	return nil
}

func (f *feed) lastID() room.ID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

// push gives publications to the members here.
func (f *feed) push(list ...room.Kept) {
	f.pushing.Lock()
	defer f.pushing.Unlock()
	if len(list) == 0 || f.isOver() {
		return
	}
	f.r.hub.Append(f.name, list...)
	f.r.lag.note(time.Unix(0, list[len(list)-1].ID.At))
	f.setLast(list[len(list)-1].ID)
}

func (f *feed) isOver() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.over
}

// setLast notes that the room has all up to last.
func (f *feed) setLast(last room.ID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loaded, f.stale, f.suspect, f.last, f.at = true, false, false, last, time.Now()
	f.changed.happens()
}

// waiting is a time in which a feed waits for answers: it ends when none has come for as long as one may wait for, or
// with the feed.
type waiting struct {
	ctx  context.Context
	nc   *natsgo.Conn
	goes func() // something has come
}

// mostWaiting bounds it, however much comes.
const mostWaiting = 2 * time.Minute

// within calls what needs the connection.
func (f *feed) within(call func(*waiting) error) error {
	ctx, cancel := context.WithTimeout(f.ctx, mostWaiting)
	defer cancel()
	late := time.AfterFunc(patience, cancel)
	defer late.Stop()
	nc, err := f.r.reach(ctx)
	if err != nil {
		return err
	}
	return call(&waiting{ctx: ctx, nc: nc, goes: func() { late.Reset(patience) }})
}

// stalePause is the pause after an answer of a server that lags behind.
const stalePause = 20 * time.Millisecond

// load puts what is kept of the room in the place of what is here.
func (f *feed) load(w *waiting) error {
	ctx, nc := w.ctx, w.nc
	epoch, err := f.s.ensure(ctx, nc)
	if err != nil {
		return err
	}
	if err := nc.FlushTimeout(patience); err != nil { // from here on what is published arrives
		return err
	}
	for ctx.Err() == nil {
		last, err := f.s.leaderGet(ctx, nc, epoch, map[string]any{"last_by_subj": f.r.historySubject(f.s, f.name)})
		if err != nil {
			f.s.lost(epoch)
			return err
		}
		list, err := f.s.read(w, f.r.historySubject(f.s, f.name), room.ID{Epoch: epoch}, last.Seq)
		if errors.Is(err, errGap) {
			continue
		}
		if err != nil {
			return err
		}
		if n := len(list); last.Seq > 0 && (n == 0 || list[n-1].ID != last) {
			f.r.pause(stalePause)
			continue
		}
		f.replace(list, last)
		return nil
	}
	return ctx.Err()
}

func (f *feed) replace(list []room.Kept, last room.ID) {
	f.pushing.Lock()
	defer f.pushing.Unlock()
	if f.isOver() {
		return
	}
	f.r.hub.Replace(f.name, list, f.lastID())
	f.mu.Lock()
	f.acked = room.ID{} // the leader knows better
	f.mu.Unlock()
	f.setLast(last)
}

// fill reads what is missing, up to a number.
func (f *feed) fill(w *waiting, to uint64) error {
	ctx, nc := w.ctx, w.nc
	for ctx.Err() == nil {
		last := f.lastID()
		list, err := f.s.read(w, f.r.historySubject(f.s, f.name), last, to)
		if errors.Is(err, errGap) {
			there, err := f.s.leaderGet(ctx, nc, last.Epoch, map[string]any{"seq": last.Seq})
			if err == nil && there != last {
				f.r.gaps.Add(1)
				return f.load(w) // and members come back
			}
			f.r.pause(stalePause)
			continue
		}
		if err != nil {
			return err
		}
		if last.Seq == 0 && f.mayMiss(len(list)) {
			return f.load(w)
		}
		f.push(list...)
		if n := len(list); n > 0 && list[n-1].ID.Seq == to {
			return nil
		}
		f.r.pause(stalePause)
	}
	return ctx.Err()
}

// mayMiss: a room that was empty has come to hold n publications, and more may have come and gone.
func (f *feed) mayMiss(n int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return n >= f.s.keep.Messages || f.s.keep.Age > 0 && time.Since(f.at) > f.s.keep.Age/2
}

// compare asks the leader what it has last, and reads what is missing.
func (f *feed) compare(w *waiting) error {
	ctx, nc := w.ctx, w.nc
	last := f.lastID()
	epoch, err := f.s.ensure(ctx, nc)
	if err != nil {
		return err
	}
	if epoch != last.Epoch {
		return f.load(w)
	}
	there, err := f.s.leaderGet(ctx, nc, epoch, map[string]any{"last_by_subj": f.r.historySubject(f.s, f.name)})
	if err != nil {
		f.s.lost(epoch)
		return err
	}
	switch {
	case there == last, there.Seq == 0 && f.s.keep.Age > 0: // nothing has come, or all has expired
		f.setLast(last)
		return nil
	case there.Seq <= last.Seq: // the stream has lost its tail, and perhaps given its numbers again, or was emptied
		f.r.gaps.Add(1)
		return f.load(w)
	}
	return f.fill(w, there.Seq)
}
