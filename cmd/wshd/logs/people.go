package logs

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"wshd/cmd/wshd/terminal"
)

// peopleHandler writes for somebody who reads along on a terminal: what happened, to what, and what to do.
type peopleHandler struct {
	out      terminal.Terminal
	level    slog.Level
	greeted  *atomic.Bool             // until then, what a greeting sums up is left out; nil: nothing is
	excerpts func(err error) []string // an error's lines with those of the source that they are about; nil: its text
	attrs    []slog.Attr
	group    string // before the names of further attributes
}

// summed is what a greeting says at once.
var summed = []string{"handler loaded", "listening", "admin listening", "pages from disk may connect", "only this machine can connect"}

// Enabled implements slog.Handler.
func (h peopleHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// WithAttrs implements slog.Handler.
func (h peopleHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.attrs = slices.Concat(h.attrs, h.named(attrs))
	return h
}

// WithGroup implements slog.Handler.
func (h peopleHandler) WithGroup(name string) slog.Handler {
	h.group += name + "."
	return h
}

// named are attrs with their groups before their names, without what is empty.
func (h peopleHandler) named(attrs []slog.Attr) (flat []slog.Attr) {
	for _, a := range attrs {
		a.Value = a.Value.Resolve()
		inner := h
		switch {
		case a.Equal(slog.Attr{}):
		case a.Value.Kind() == slog.KindGroup:
			if a.Key != "" {
				inner.group += a.Key + "."
			}
			flat = append(flat, inner.named(a.Value.Group())...)
		default:
			flat = append(flat, slog.Attr{Key: h.group + a.Key, Value: a.Value})
		}
	}
	return flat
}

// Handle writes one record, in one write.
func (h peopleHandler) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelInfo && h.greeted != nil && !h.greeted.Load() && slices.Contains(summed, r.Message) {
		return nil
	}
	var own []slog.Attr
	r.Attrs(func(a slog.Attr) bool { own = append(own, a); return true })
	e := event{message: r.Message, attrs: slices.Concat(h.attrs, h.named(own))}
	head, below := e.lines()
	text := h.out.Paint(terminal.Dim, r.Time.Format(time.TimeOnly)) + "  " + h.marked(r.Level, head) + "\n"
	indent := strings.Repeat(" ", len(time.TimeOnly)+2)
	for _, line := range slices.Concat(h.failure(e), below) {
		text += indent + line + "\n"
	}
	_, err := h.out.Write([]byte(text))
	return err
}

// marked is a line with how bad it is, in words too: not everybody sees colours.
func (h peopleHandler) marked(level slog.Level, head string) string {
	switch {
	case level >= slog.LevelError:
		return h.out.Paint(terminal.Red, "error: "+head)
	case level >= slog.LevelWarn:
		return h.out.Paint(terminal.Yellow, "warning: "+head)
	case level < slog.LevelInfo:
		return h.out.Paint(terminal.Dim, head)
	}
	return head
}

// failure is the lines of an err, with their source.
func (h peopleHandler) failure(e event) (lines []string) {
	v, ok := e.value("err")
	if !ok {
		return nil
	}
	if err, is := v.Any().(error); is && h.excerpts != nil {
		lines = h.excerpts(err)
	} else {
		lines = strings.Split(v.String(), "\n")
	}
	for i, line := range lines {
		lines[i] = cleanLine(cleanText(line))
		if strings.TrimLeft(lines[i], " \t") == "^" {
			lines[i] = h.out.Paint(terminal.Red, lines[i])
		}
	}
	return lines
}

// event is a record with all that its loggers added.
type event struct {
	message string
	attrs   []slog.Attr
}

func (e event) value(key string) (slog.Value, bool) {
	for _, a := range slices.Backward(e.attrs) {
		if a.Key == key {
			return a.Value, true
		}
	}
	return slog.Value{}, false
}

func (e event) text(key string) string {
	v, _ := e.value(key)
	if v.Kind() == slog.KindDuration {
		return short(v.Duration())
	}
	if v.Equal(slog.Value{}) {
		return ""
	}
	return cleanLine(v.String())
}

// lines are what a person is told: one line, and what belongs below it.
func (e event) lines() (head string, below []string) {
	if line, err := e.text("line"), e.text("script"); e.message == "script output" {
		return join(": ", err, line), nil
	}
	told := []string{"script", "line", "reason", "err", "hint", "stack", "resource", "version"}
	switch e.message {
	case "handler loaded":
		return fmt.Sprintf("%s is new, from %s (%s)", e.text("resource"), e.text("script"), e.text("dur")), nil
	case "handler reloaded":
		return fmt.Sprintf("%s is reloaded: version %s (%s)", e.text("resource"), e.text("version"), e.text("dur")), nil
	case "connection closed":
		head = fmt.Sprintf("%s  %s closed with %s after %s: %s in, %s out", e.text("resource"), e.text("remote"), e.text("code"),
			e.text("dur"), e.text("messages_in"), e.text("messages_out"))
		told = append(told, "remote", "code", "dur", "messages_in", "messages_out", "bytes_in", "bytes_out", "conn", "origin")
	default:
		head = join("  ", cleanLine(e.message), e.text("resource"))
		if e.text("resource") == "" {
			head = join("  ", head, e.text("script"))
		}
	}
	head = join(": ", head, e.text("reason"))
	for i, a := range e.attrs {
		if slices.Contains(told, a.Key) || slices.ContainsFunc(e.attrs[i+1:], func(b slog.Attr) bool { return b.Key == a.Key }) {
			continue
		}
		head += "  " + cleanLine(a.Key) + "=" + e.text(a.Key)
	}
	if hint := e.text("hint"); hint != "" {
		below = append(below, "→ "+hint)
	}
	if v, ok := e.value("stack"); ok {
		for line := range strings.SplitSeq(strings.TrimSpace(v.String()), "\n") {
			below = append(below, cleanLine(line))
		}
	}
	return head, below
}

// join puts sep between what is not empty.
func join(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

// short is a time span for people: three places are enough.
func short(d time.Duration) string {
	switch {
	case d < 10*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
