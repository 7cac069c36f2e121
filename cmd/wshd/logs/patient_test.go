package logs

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
)

// stalled is a writer whose reader comes back when go is closed.
type stalled struct {
	began, goOn chan struct{}
	bytes.Buffer
}

func (s *stalled) Write(b []byte) (int, error) {
	s.began <- struct{}{}
	<-s.goOn
	return s.Buffer.Write(b)
}

func TestWhoDoesNotReadKeepsNobodyWaiting(t *testing.T) {
	w := &stalled{began: make(chan struct{}, 1000), goOn: make(chan struct{})}
	p := NewPatient(w, func(n int) []byte { return fmt.Appendf(nil, "%d lost\n", n) })
	p.patience = 1
	for i := range 100 {
		if n, err := fmt.Fprintf(p, "line %d\n", i); err != nil || n == 0 {
			t.Fatalf("got %d, %v", n, err)
		}
	}
	<-w.began
	if len(w.began) != 0 {
		t.Errorf("%d further writes wait", len(w.began))
	}
	close(w.goOn)
	done := make(chan error, 1)
	done <- <-p.under // once the write has ended
	p.under, p.patience = done, time.Hour
	fmt.Fprint(p, "at last\n")
	if got, want := w.String(), "line 0\n99 lost\nat last\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestALogThatNobodyReadsHoldsNothingUp: in both formats the log tells what it lacks.
func TestALogThatNobodyReadsHoldsNothingUp(t *testing.T) {
	for format, want := range map[string]string{
		"text": `level=WARN msg="log lines left out" reason="nobody read them" count=7`,
		"json": `"level":"WARN","msg":"log lines left out","reason":"nobody read them","count":7`,
	} {
		if got := string(Config{Format: format}.lostLines(7)); !strings.Contains(got, want) || !strings.HasSuffix(got, "\n") {
			t.Errorf("%s: got %q, want %q in it", format, got, want)
		}
	}
}
