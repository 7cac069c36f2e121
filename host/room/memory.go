package room

import (
	"container/list"
	"sync"
	"time"

	"wshd/plugins/wsh"
)

// DefaultHistorySize is what all that rooms keep may take.
const DefaultHistorySize = 256 << 20

// memory counts what all histories and stores together take.
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

// remember counts the growth of a history, and drops others if there is too much. The caller holds no room.mu.
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

// storesGrow makes space for n bytes more in stores, and reports whether there is.
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

// victim is a history to be dropped, unless something has been published there since.
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

// add counts p's growth, and returns the histories to be dropped for it.
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

// makeSpace returns the histories to be dropped for n bytes more.
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

// victims returns the histories idle longest until the rest takes no more than limit, but for one. mu is held.
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

// drop subtracts what p took.
func (m *memory) drop(p *history, weight int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size -= int64(weight)
	if e := m.elements[p]; e != nil {
		m.idle.Remove(e)
		delete(m.elements, p)
	}
}

// grew counts other growth, or shrinking.
func (m *memory) grew(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size += int64(n)
}

// over is by how many bytes the limit is exceeded.
func (m *memory) over(limit int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.size - limit
}

// expired reports whether everything in it is older than its retention.
func (p *history) expired(now time.Time) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.last.At < p.oldest(now)
}
