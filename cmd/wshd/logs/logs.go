// Package logs is the log: where it goes, how it reads, and how much of it there is.
package logs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"

	"wshd/cmd/wshd/hint"
)

// Logger is the log. It can be configured anew while it is in use.
type Logger struct {
	*slog.Logger
	level *slog.LevelVar
	to    *target
}

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	"fine": slog.LevelDebug, "warning": slog.LevelWarn, "critical": slog.LevelError, // pywebsocket's
}

// Config says where the log goes, and how much of it.
type Config struct {
	Level   string // one of pywebsocket's or ours
	Format  string // text or json
	File    string // "": Stderr
	MaxSize int64  // bytes, after which a new file begins; 0: never
	Backups int    // old files to keep; 0: all
	Stderr  io.Writer
	Tail    io.Writer // gets the lines as text too, from info on; nil: nobody
}

// Open makes a log.
func Open(c Config) (*Logger, error) {
	l := &Logger{level: new(slog.LevelVar), to: new(target)}
	l.Logger = slog.New(&handler{to: l.to})
	return l, l.Configure(c)
}

// Configure makes the log go where, and how, c says. If that cannot be done it goes on as it was.
func (l *Logger) Configure(c Config) error {
	w, file := c.Stderr, io.Closer(nil)
	if c.File != "" {
		f, err := openLogFile(c.File, c.MaxSize, c.Backups, c.Stderr)
		if err != nil {
			return fmt.Errorf("log file %s: %w", c.File, hint.Cause(err))
		}
		w, file = f, f
	}
	options := &slog.HandlerOptions{Level: l.level}
	var handler slog.Handler = newTextHandler(w, options)
	if c.Format == "json" {
		handler = slog.NewJSONHandler(w, options)
	}
	if c.Tail != nil {
		handler = slog.NewMultiHandler(handler, newTextHandler(c.Tail, &slog.HandlerOptions{Level: slog.LevelInfo}))
	}
	l.to.set(handler, file)
	l.SetLevel(c.Level)
	return nil
}

// Level is the least that is logged.
func (l *Logger) Level() slog.Level { return l.level.Level() }

// SetLevel changes how much is logged.
func (l *Logger) SetLevel(name string) { l.level.Set(levels[name]) }

// Close closes the log file.
func (l *Logger) Close() { l.to.set(slog.DiscardHandler, nil) }

// textHandler is slog's text with one difference: an err of several lines, as of a script with
// several mistakes, is written below its record, a line each, so that editors find the positions.
type textHandler struct {
	slog.Handler
	out *lines
}

// lines collects what belongs together into one write.
type lines struct {
	mu  sync.Mutex
	w   io.Writer
	buf bytes.Buffer
}

func newTextHandler(w io.Writer, options *slog.HandlerOptions) textHandler {
	out := &lines{w: w}
	return textHandler{slog.NewTextHandler(&out.buf, options), out}
}

// Handle writes one record.
func (h textHandler) Handle(ctx context.Context, r slog.Record) error {
	plain := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	var below []string
	r.Attrs(func(a slog.Attr) bool {
		if text := a.Value.String(); a.Key == "err" && strings.Contains(text, "\n") {
			below = strings.Split(text, "\n")
		} else {
			plain.AddAttrs(a)
		}
		return true
	})
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.buf.Reset()
	if err := h.Handler.Handle(ctx, plain); err != nil {
		return err
	}
	for _, line := range below {
		h.out.buf.WriteString("\t" + printable(line) + "\n")
	}
	_, err := h.out.w.Write(h.out.buf.Bytes())
	return err
}

// WithAttrs implements slog.Handler.
func (h textHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return textHandler{h.Handler.WithAttrs(attrs), h.out}
}

// WithGroup implements slog.Handler.
func (h textHandler) WithGroup(name string) slog.Handler {
	return textHandler{h.Handler.WithGroup(name), h.out}
}

// printable replaces control characters, so that a log shown in a terminal stays text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && (r < ' ' || r == 0x7f) {
			return '\uFFFD'
		}
		return r
	}, s)
}
