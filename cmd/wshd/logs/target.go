package logs

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
)

// target is where the log goes. It can be changed while loggers are in use.
type target struct {
	flood *flood

	mu     sync.RWMutex // held for reading while a record is written
	output *Output
}

// set makes the log go to o, and returns where it went.
func (t *target) set(o *Output) (old *Output) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old, t.output = t.output, o
	return old
}

// write writes a record that no logger has added anything to.
func (t *target) write(ctx context.Context, r slog.Record) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.output.handler.Enabled(ctx, r.Level) {
		_ = t.output.handler.Handle(ctx, r) // as slog.Logger has it
	}
}

// handler hands records to its target, with the attributes and groups that it was given. Since
// the target may change it keeps those, and what the target made of them.
type handler struct {
	to   *target
	from *handler                        // nil: the first
	with func(slog.Handler) slog.Handler // what this one adds to from
	made atomic.Pointer[struct{ root, own slog.Handler }]
}

// own is the target's handler with what this one was given. The target must be locked.
func (h *handler) own() slog.Handler {
	root := h.to.output.handler
	if h.from == nil {
		return root
	}
	if made := h.made.Load(); made != nil && made.root == root {
		return made.own
	}
	own := h.with(h.from.own())
	h.made.Store(&struct{ root, own slog.Handler }{root, own})
	return own
}

// Enabled implements slog.Handler.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	h.to.mu.RLock()
	defer h.to.mu.RUnlock()
	return h.to.output.handler.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if !h.to.flood.lets(r) {
		return nil
	}
	r = cleanRecord(r)
	h.to.mu.RLock()
	defer h.to.mu.RUnlock()
	return h.own().Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{to: h.to, from: h, with: func(to slog.Handler) slog.Handler { return to.WithAttrs(cleanAll(attrs)) }}
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	name = cleanText(name)
	return &handler{to: h.to, from: h, with: func(to slog.Handler) slog.Handler { return to.WithGroup(name) }}
}
