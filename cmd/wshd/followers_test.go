package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// followers are all members, and what they have been sent.
type followers struct {
	ctx         context.Context
	front       string
	moved       chan struct{} // here or acknowledged has changed
	begin, stop chan struct{} // closed when publishing is to

	records []record // by room

	mu           sync.Mutex
	here         int // have joined
	acknowledged int
	resumes      int
	failures     []error
}

// record is what has been published in a room, in the order in which the first to be sent it was.
type record struct {
	mu    sync.Mutex
	lines []string
	kept  []string // acknowledged
}

// sent notes that a member has been sent its nth line.
func (r *record) sent(n int, line string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n == len(r.lines) {
		r.lines = append(r.lines, line)
	}
	if r.lines[n] != line {
		return fmt.Errorf("line %d is %q, and another was sent %q", n, line, r.lines[n])
	}
	return nil
}

func (f *followers) note(do func()) {
	f.mu.Lock()
	do()
	f.mu.Unlock()
	select {
	case f.moved <- struct{}{}:
	default:
	}
}

// until waits for something to become true; mu is held when it is asked.
func (f *followers) until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for {
		f.mu.Lock()
		yes, failures, here := is(), f.failures, f.here
		f.mu.Unlock()
		if yes {
			return
		}
		select {
		case <-f.moved:
		case <-f.ctx.Done():
			t.Fatalf("not in time: %s; %d are here; failures: %v", what, here, failures)
		}
		if len(failures) > 0 {
			t.Fatal(failures)
		}
	}
}

func (f *followers) await(t *testing.T, n int) {
	t.Helper()
	f.until(t, fmt.Sprint(n, " members"), func() bool { return f.here == n })
}

// published waits until n more have been acknowledged.
func (f *followers) published(t *testing.T, n int) (all int) {
	t.Helper()
	f.mu.Lock()
	before := f.acknowledged
	f.mu.Unlock()
	f.until(t, fmt.Sprint(n, " publications"), func() bool { all = f.acknowledged; return all >= before+n })
	return all
}

// follower is one member.
type follower struct {
	*followers
	room      int
	publisher bool
	id        string // of the last line
	lines     int
	next      int    // of what it publishes
	asked     string // what it has published and not heard of
	over      bool
}

// follow is a member, who comes back until it has been sent the last line of its room.
func (f *followers) follow(room int, publisher bool) {
	m := &follower{followers: f, room: room, publisher: publisher}
	for !m.over && f.ctx.Err() == nil {
		if err := m.visit(); err != nil {
			f.note(func() { f.failures = append(f.failures, fmt.Errorf("room %d: %w", room, err)) })
			return
		}
	}
}

// visit is one connection. Its error is a fault of the rooms, not that of a host that goes.
func (m *follower) visit() error {
	q := url.Values{"room": {fmt.Sprint("room ", m.room)}}
	if m.id != "" {
		q.Set("after", m.id)
	}
	nc, _, err := websocket.Dial(m.ctx, "ws://"+m.front+"/follow?"+q.Encode(), nil)
	if err != nil {
		select {
		case <-time.After(20 * time.Millisecond): // as a client does, which nobody lets in now
		case <-m.ctx.Done():
		}
		return nil
	}
	joined := false
	defer func() {
		_ = nc.CloseNow()
		if joined && !m.over {
			m.note(func() { m.here--; m.resumes++ })
		}
	}()
	m.asked = ""
	for !m.over {
		_, data, err := nc.Read(m.ctx)
		if websocket.CloseStatus(err) == 4404 {
			return fmt.Errorf("what came after line %d is forgotten", m.lines)
		}
		if err != nil {
			return nil
		}
		switch text := string(data); {
		case text == "joined":
			joined = true
			m.note(func() { m.here++ })
			if m.publisher {
				select {
				case <-m.begin:
				case <-m.ctx.Done():
				}
				m.publish(nc)
			}
		case text == "kept "+m.asked:
			m.records[m.room].keep(m.asked)
			m.note(func() { m.acknowledged++ })
			m.publish(nc)
		default:
			if err := m.sent(text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *record) keep(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kept = append(r.kept, text)
}

// publish sends the next message; its last once all is over. What was not acknowledged is not sent again.
func (m *follower) publish(nc *websocket.Conn) {
	if strings.HasPrefix(m.asked, "last ") {
		return
	}
	word := "line"
	select {
	case <-m.stop:
		word = "last"
	default:
	}
	m.asked = fmt.Sprint(word, " ", m.next)
	m.next++
	_ = nc.Write(m.ctx, websocket.MessageText, []byte(m.asked)) // an error is Read's, too
}

// sent takes a line of the room: its id and its text.
func (m *follower) sent(line string) error {
	id, text, ok := strings.Cut(line, " ")
	if !ok || id == "" {
		return fmt.Errorf("got %q, want an id and a text", line)
	}
	err := m.records[m.room].sent(m.lines, line)
	m.id, m.over = id, strings.HasPrefix(text, "last ")
	m.lines++
	return err
}

func (f *followers) check(t *testing.T, members int) {
	t.Helper()
	for _, err := range f.failures {
		t.Error(err)
	}
	lines := 0
	for i := range f.records {
		r := &f.records[i]
		at := map[string]int{}
		for n, line := range r.lines {
			_, text, _ := strings.Cut(line, " ")
			if _, twice := at[text]; twice {
				t.Errorf("room %d: %q came twice", i, text)
			}
			at[text] = n
		}
		before := -1
		for _, text := range r.kept {
			n, there := at[text]
			if !there && !strings.HasPrefix(text, "last ") { // who has the first last one has gone
				t.Errorf("room %d: %q was acknowledged, and has not come", i, text)
			}
			if there && n < before {
				t.Errorf("room %d: %q came before what was published before it", i, text)
			} else if there {
				before = n
			}
		}
		lines += len(r.lines)
	}
	if f.resumes < members {
		t.Errorf("only %d resumes of %d members: nothing was tried", f.resumes, members)
	}
	t.Logf("%d members, %d resumes, %d publications acknowledged, %d lines", members, f.resumes, f.acknowledged, lines)
}
