package logs

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
)

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
		h.out.buf.WriteString("\t" + cleanLine(line) + "\n")
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
