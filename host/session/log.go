package session

import (
	"context"
	"log/slog"

	"wshd/plugins/wsh"
)

// logHandler is the host's log with what tells one connection from another. Most connections write one
// line, at their end, so nothing is prepared for more.
type logHandler struct{ s *Session }

func (l logHandler) handler() slog.Handler {
	i := &l.s.info
	return l.s.to.WithAttrs([]slog.Attr{
		slog.String("resource", i.Resource), slog.String("script", i.Script), slog.String("remote", i.RemoteAddr),
	})
}

// Enabled implements slog.Handler.
func (l logHandler) Enabled(ctx context.Context, level slog.Level) bool {
	return l.s.to.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (l logHandler) Handle(ctx context.Context, r slog.Record) error {
	return l.handler().Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (l logHandler) WithAttrs(attrs []slog.Attr) slog.Handler { return l.handler().WithAttrs(attrs) }

// WithGroup implements slog.Handler.
func (l logHandler) WithGroup(name string) slog.Handler { return l.handler().WithGroup(name) }

// seen logs a frame of the client's.
func (s *Session) seen(opcode wsh.Opcode, fin, rsv1 bool, size int64) {
	s.log.Debug("frame received", "opcode", opcode, "fin", fin, "rsv1", rsv1, "size", size)
}
