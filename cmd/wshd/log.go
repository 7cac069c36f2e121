package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"

	"wshd/host/admin"
)

// logger is the host's log: where it goes and how much of it.
type logger struct {
	*slog.Logger
	level  *slog.LevelVar
	human  bool        // at start: text on standard error, so somebody may be looking
	tail   *admin.Tail // the last lines, for the status page; nil: there is none
	to     *logTarget
	stderr io.Writer
}

var levels = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	"fine": slog.LevelDebug, "warning": slog.LevelWarn, "critical": slog.LevelError, // pywebsocket's
}

// openLog makes the log as configured.
func openLog(s *settings, stderr io.Writer) (*logger, error) {
	l := &logger{level: new(slog.LevelVar), human: s.Log.Format == "text" && s.Log.File == "", to: new(logTarget), stderr: stderr}
	if s.Admin.Listen != "" {
		l.tail = new(admin.Tail)
	}
	l.Logger = slog.New(&logHandler{to: l.to})
	return l, l.open(s)
}

// open makes the log go where, and how, s says. If that cannot be done it goes on as it was.
func (l *logger) open(s *settings) error {
	w, file := l.stderr, io.Closer(nil)
	if s.Log.File != "" {
		f, err := openLogFile(s.Log.File, int64(s.Log.MaxSize), s.Log.Backups, l.stderr)
		if err != nil {
			return fmt.Errorf("%s: log file %s: %w", s.where("log.file"), s.Log.File, cause(err))
		}
		w, file = f, f
	}
	options := &slog.HandlerOptions{Level: l.level}
	var handler slog.Handler = newTextHandler(w, options)
	if s.Log.Format == "json" {
		handler = slog.NewJSONHandler(w, options)
	}
	if l.tail != nil {
		handler = slog.NewMultiHandler(handler, newTextHandler(l.tail, &slog.HandlerOptions{Level: adminLevel}))
	}
	l.to.set(handler, file)
	l.level.Set(levels[s.Log.Level])
	return nil
}

// Close closes the log file.
func (l *logger) Close() { l.to.set(slog.DiscardHandler, nil) }

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
