// Package logs is the log: where it goes, how it reads, and how much of it there is.
package logs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"wshd/cmd/wshd/hint"
)

// Logger is the log. Where it goes can be changed while it is in use.
type Logger struct {
	*slog.Logger
	to *target
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

// Output is where a log goes, opened.
type Output struct {
	level   slog.Level
	handler slog.Handler
	file    io.Closer // nil: none
}

// Open opens what c says. That may take as long as the file system likes.
func Open(c Config) (*Output, error) {
	o := &Output{level: levels[c.Level]}
	w := c.Stderr
	if c.File != "" {
		f, err := openLogFile(c.File, c.MaxSize, c.Backups, c.Stderr)
		if err != nil {
			return nil, fmt.Errorf("log file %s: %w", c.File, hint.Cause(err))
		}
		w, o.file = f, f
	}
	o.handler = newHandler(NewPatient(w, lostLines(c.Format)), c.Format, o.level)
	if c.Tail != nil {
		o.handler = slog.NewMultiHandler(o.handler, newTextHandler(c.Tail, &slog.HandlerOptions{Level: slog.LevelInfo}))
	}
	return o, nil
}

func newHandler(w io.Writer, format string, level slog.Level) slog.Handler {
	options := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.NewJSONHandler(w, options)
	}
	return newTextHandler(w, options)
}

// lostLines makes the line that says how many are missing.
func lostLines(format string) func(n int) []byte {
	return func(n int) []byte {
		var b bytes.Buffer
		slog.New(newHandler(&b, format, slog.LevelWarn)).Warn("log lines left out", "reason", "nobody read them", "count", n)
		return b.Bytes()
	}
}

// Close closes an output that no log goes to.
func (o *Output) Close() {
	if o.file != nil {
		_ = o.file.Close() // nowhere is left to say so
	}
}

// New makes a log that goes to o.
func New(o *Output) *Logger {
	to := &target{output: o}
	to.flood = newFlood(time.Now, func(r slog.Record) { to.write(context.Background(), r) })
	return &Logger{Logger: slog.New(&handler{to: to}), to: to}
}

// Use makes the log go to o, and closes what it went to.
func (l *Logger) Use(o *Output) { l.to.set(o).Close() }

// Level is the least that is logged.
func (l *Logger) Level() slog.Level {
	l.to.mu.RLock()
	defer l.to.mu.RUnlock()
	return l.to.output.level
}

// Close says what has been left out, and closes where the log goes. What is logged later goes nowhere.
func (l *Logger) Close() {
	l.to.flood.close()
	l.Use(&Output{handler: slog.DiscardHandler})
}
