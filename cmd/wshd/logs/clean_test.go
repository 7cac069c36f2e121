package logs

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestNothingInALineIsMoreThanText: what clients and scripts say is logged as what it looks like, in both
// formats and wherever in a line it stands.
func TestNothingInALineIsMoreThanText(t *testing.T) {
	for name, text := range map[string]string{
		"escape": "\x1b[2J", "C1": "\u009b31m", "next line": "\u0085", "override": "\u202e", "isolate": "\u2066", "mark": "\u200f",
		"line separator": "\u2028", "paragraph separator": "\u2029", "byte order mark": "\ufeff", "no UTF-8": "\xff", "delete": "\x7f", "tag": "\U000e0041",
	} {
		for _, format := range []string{"text", "json"} {
			var b bytes.Buffer
			log := New(opened(t, Config{Level: "info", Format: format, Stderr: &b}))
			log.With("origin", "a"+text).WithGroup("g"+text).Info("m"+text, "reason", text+"b", "err", errors.New("one\ntwo"+text),
				slog.Group("h", "k", text), "list", []string{text}, "stringer", stringer(text), "k"+text, 1)
			if strings.Contains(b.String(), text) {
				t.Errorf("%s, %s: it is in %q", name, format, b.String())
			}
			n := strings.Count(b.String(), "\uFFFD")
			if text[0] < ' ' {
				n += strings.Count(b.String(), `\x1b`) + strings.Count(b.String(), `\u001b`)
			}
			if n < 8 {
				t.Errorf("%s, %s: got %d marks in place of it, want 8: %q", name, format, n, b.String())
			}
		}
	}
	const fine = "naïve 你好 \u00a0 👩\u200d💻 نمی\u200cخواهم\t\n"
	if got := cleanText(fine); got != fine {
		t.Errorf("got %q, want %q", got, fine)
	}
}

type stringer string

func (s stringer) String() string { return string(s) }

func TestOneValueIsBounded(t *testing.T) {
	var b bytes.Buffer
	New(opened(t, Config{Level: "info", Stderr: &b})).Info("request refused", "resource", strings.Repeat("é", 1<<20))
	if b.Len() > maxValue+200 || !strings.Contains(b.String(), "é…") {
		t.Errorf("got %d bytes", b.Len())
	}
}

func BenchmarkCleanText(b *testing.B) {
	for n := 1 << 10; n <= maxValue; n *= 2 {
		text := strings.Repeat("a", n-1) + "\x1b"
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				cleanText(text)
			}
		})
	}
}
