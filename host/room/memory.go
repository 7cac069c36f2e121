package room

import (
	"container/list"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// DefaultHistorySize is what all that rooms keep may take.
const DefaultHistorySize = 256 << 20

// memory is what all rooms together keep.
type memory struct {
	mu        sync.Mutex
	idle      list.List // of *history that keep something, that idle longest first
	elements  map[*history]*list.Element
	size      int64
	forgotten int64
}

func (m *memory) stats() (rooms int, bytes, forgotten int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.idle.Len(), m.size, m.forgotten
}

// remember counts what a room has come to keep more, and makes space for it. Nobody's room.mu is held.
func (h *Hub) remember(p *history, grown int) {
	limit := h.historySize()
	for _, old := range h.memory.add(p, grown, limit) {
		h.evict(old)
	}
	if over := h.memory.over(limit); over > 0 { // p is all there is
		h.memory.grew(-p.shrink(max(0, p.size()-int(over))))
	}
}

// OpenStore finds or makes a store in memory. What stores keep counts as what rooms do, but is not forgotten:
// when there is no more space it is ErrUnavailable.
func (h *Hub) OpenStore(name string) (wsh.KeyValue, error) {
	h.opening.Do(func() { h.stores.Grow = h.storesGrow })
	return h.stores.Open(name), nil
}

// storesGrow makes space for what stores are to keep more, and reports whether there is.
func (h *Hub) storesGrow(n int) bool {
	limit := h.historySize()
	for _, old := range h.memory.makeSpace(max(0, n), limit) {
		h.evict(old)
	}
	return h.memory.take(n, limit)
}

func (h *Hub) historySize() int64 {
	if h.HistorySize <= 0 {
		return DefaultHistorySize
	}
	return int64(h.HistorySize)
}

// victim is a history that is to be forgotten, unless something has come since then.
type victim struct {
	history *history
	end     int64
}

func (h *Hub) evict(v victim) {
	p := v.history
	p.room.mu.Lock()
	defer p.room.mu.Unlock()
	if p.until() != v.end {
		return // who has published there is about to remember it again
	}
	h.memory.drop(p, p.clear())
	if p.hasRef {
		p.hasRef = false
		h.release(p.room)
	}
}

func (p *history) size() int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.weight
}

// add counts p's growth, and takes out those that are to be forgotten for it.
func (m *memory) add(p *history, grown int, limit int64) (old []victim) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.elements == nil {
		m.elements = map[*history]*list.Element{}
	}
	if e := m.elements[p]; e != nil {
		m.idle.MoveToBack(e)
	} else {
		m.elements[p] = m.idle.PushBack(p)
	}
	m.size += int64(grown)
	return m.victims(m.size, limit, p)
}

// makeSpace takes out those that are to be forgotten for n bytes more.
func (m *memory) makeSpace(n int, limit int64) []victim {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.victims(m.size+int64(n), limit, nil)
}

// take counts n bytes more, and reports whether there is space for them.
func (m *memory) take(n int, limit int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n > 0 && m.size+int64(n) > limit {
		return false
	}
	m.size += int64(n)
	return true
}

// victims takes out those idle longest, until what there is takes no more than limit, but for one. mu is held.
func (m *memory) victims(size, limit int64, but *history) (old []victim) {
	for e := m.idle.Front(); e != nil && e.Value != but; e = m.idle.Front() {
		this := e.Value.(*history)
		if size <= limit && !this.expired(time.Now()) {
			break
		}
		if size > limit {
			m.forgotten++
		}
		size -= int64(this.size())
		m.idle.Remove(e) // Hub.evict drops it, unless something has come
		delete(m.elements, this)
		old = append(old, victim{this, this.until()})
	}
	return old
}

// drop counts out what p kept.
func (m *memory) drop(p *history, weight int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size -= int64(weight)
	if e := m.elements[p]; e != nil {
		m.idle.Remove(e)
		delete(m.elements, p)
	}
}

// grew counts what comes or goes besides.
func (m *memory) grew(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size += int64(n)
}

// over is by how much there is too much.
func (m *memory) over(limit int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.size - limit
}

// expired reports whether nothing in it may be given out any more.
func (p *history) expired(now time.Time) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.last.At < p.oldest(now)
}
