// Package logs is the log: where it goes, how it reads, and how much of it there is.
package logs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/terminal"
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

	Terminal *terminal.Terminal       // that Stderr is, with somebody who reads along: text is for them; nil: it is none
	Greeted  *atomic.Bool             // they have been greeted: until then they are not told what a greeting sums up; nil: they are
	Excerpts func(err error) []string // an error's lines with the source that they are about; nil: its text
}

// ForPeople reports whether the log is read along.
func (c Config) ForPeople() bool { return c.Terminal != nil && c.File == "" && c.Format == "text" }

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
	o.handler = c.handler(NewPatient(w, c.lostLines), o.level)
	if c.Tail != nil {
		o.handler = slog.NewMultiHandler(o.handler, newTextHandler(c.Tail, &slog.HandlerOptions{Level: slog.LevelInfo}))
	}
	return o, nil
}

// handler makes a handler that writes as c says.
func (c Config) handler(w io.Writer, level slog.Level) slog.Handler {
	if !c.ForPeople() {
		return newHandler(w, c.Format, level)
	}
	out := *c.Terminal
	out.Writer = w
	return peopleHandler{out: out, level: level, greeted: c.Greeted, excerpts: c.Excerpts}
}

func newHandler(w io.Writer, format string, level slog.Level) slog.Handler {
	options := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.NewJSONHandler(w, options)
	}
	return newTextHandler(w, options)
}

// lostLines makes the line that says how many are missing.
func (c Config) lostLines(n int) []byte {
	var b bytes.Buffer
	slog.New(c.handler(&b, slog.LevelWarn)).Warn("log lines left out", "reason", "nobody read them", "count", n)
	return b.Bytes()
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
