package host

import (
	"context"
	"log/slog"
)

// sessionLog is the host's log with what tells one connection from another. Most connections write one
// line, at their end, so nothing is prepared for more.
type sessionLog struct{ x *session }

func (l sessionLog) handler() slog.Handler {
	x := l.x
	return x.c.Log.Handler().WithAttrs([]slog.Attr{
		slog.String("resource", x.path), slog.String("script", x.h.Script), slog.String("remote", x.remote),
	})
}

// Enabled implements slog.Handler.
func (l sessionLog) Enabled(ctx context.Context, level slog.Level) bool {
	return l.x.c.Log.Handler().Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (l sessionLog) Handle(ctx context.Context, r slog.Record) error {
	return l.handler().Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (l sessionLog) WithAttrs(attrs []slog.Attr) slog.Handler { return l.handler().WithAttrs(attrs) }

// WithGroup implements slog.Handler.
func (l sessionLog) WithGroup(name string) slog.Handler { return l.handler().WithGroup(name) }
