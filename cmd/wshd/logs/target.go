package logs

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
)

// target is where the log goes. It can be changed while loggers are in use.
type target struct {
	mu      sync.RWMutex // held for reading while a record is written
	handler slog.Handler
	file    io.Closer // nil: none
}

// set makes the log go to handler, and closes the file that it went to.
func (t *target) set(handler slog.Handler, file io.Closer) {
	t.mu.Lock()
	old := t.file
	t.handler, t.file = handler, file
	t.mu.Unlock()
	if old != nil {
		_ = old.Close() // nowhere is left to say so
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
	root := h.to.handler
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
	return h.to.handler.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	h.to.mu.RLock()
	defer h.to.mu.RUnlock()
	return h.own().Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{to: h.to, from: h, with: func(to slog.Handler) slog.Handler { return to.WithAttrs(attrs) }}
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{to: h.to, from: h, with: func(to slog.Handler) slog.Handler { return to.WithGroup(name) }}
}
