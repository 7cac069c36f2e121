package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// logSender is the slog.Handler of a handler's process: each record is a datagram to the host. One that the
// host does not take within a tenth of a second is dropped.
type logSender struct {
	to     *socket
	level  slog.Level
	before []slog.Attr
	prefix string // of a group
}

// Enabled leaves it to the host which records it wants, but for debug, which would cost each frame a datagram.
func (l *logSender) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level }

// WithAttrs implements slog.Handler.
func (l *logSender) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *l
	c.before = append(l.before[:len(l.before):len(l.before)], prefixed(l.prefix, attrs)...)
	return &c
}

// WithGroup implements slog.Handler.
func (l *logSender) WithGroup(name string) slog.Handler {
	c := *l
	c.prefix += name + "."
	return &c
}

func prefixed(prefix string, attrs []slog.Attr) []slog.Attr {
	list := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		list[i] = slog.Attr{Key: prefix + a.Key, Value: a.Value}
	}
	return list
}

// mostText is how much of one value is sent, in bytes.
const mostText = 16 << 10

// Handle implements slog.Handler.
func (l *logSender) Handle(_ context.Context, r slog.Record) error {
	m := (&writer{}).num(uint64(r.Level + 1000)).num(uint64(r.Time.UnixNano())).text(cut(r.Message))
	add := func(a slog.Attr) bool {
		appendAttr(m, a)
		return len(m.b) < maxDatagram/2
	}
	for _, a := range l.before {
		add(a)
	}
	r.Attrs(func(a slog.Attr) bool { return add(slog.Attr{Key: l.prefix + a.Key, Value: a.Value}) })
	l.to.mu.Lock()
	defer l.to.mu.Unlock()
	l.to.c.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_, err := l.to.c.Write(m.b)
	return err
}

func cut(s string) string {
	if len(s) > mostText {
		return s[:mostText] + "…"
	}
	return s
}

// appendAttr writes an attribute: numbers and durations as they are, the rest as text.
func appendAttr(m *writer, a slog.Attr) {
	m.text(a.Key)
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindInt64:
		m.text("i").num(uint64(v.Int64()))
	case slog.KindDuration:
		m.text("d").num(uint64(v.Duration()))
	case slog.KindBool:
		m.text("b").yes(v.Bool())
	default:
		m.text("s").text(cut(fmt.Sprint(v.Any())))
	}
}

// passLog logs what comes, until the other process has gone.
func passLog(from *socket, to slog.Handler) {
	buf := make([]byte, maxDatagram)
	for {
		b, _, err := from.receive(buf)
		if err != nil {
			return
		}
		r := &reader{b: b}
		level, at := slog.Level(r.num())-1000, time.Unix(0, int64(r.num()))
		if !to.Enabled(context.Background(), level) {
			continue
		}
		record := slog.NewRecord(at, level, r.text(), 0)
		for len(r.b) > 0 && r.err == nil {
			record.AddAttrs(readAttr(r))
		}
		_ = to.Handle(context.Background(), record) // as for any other record
	}
}

func readAttr(r *reader) slog.Attr {
	key := r.text()
	switch r.text() {
	case "i":
		return slog.Int64(key, int64(r.num()))
	case "d":
		return slog.Duration(key, time.Duration(r.num()))
	case "b":
		return slog.Bool(key, r.yes())
	}
	return slog.String(key, r.text())
}
