package door

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// buffer is a bytes.Buffer for several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// tallyLog is a log without times, and what it holds.
func tallyLog() (*slog.Logger, *buffer) {
	b := new(buffer)
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})), b
}

func lines(first ...string) string { return strings.Join(first, "\n") + "\n" }

// TestRefusalsAreCountedNotRepeated runs on a clock of its own.
func TestRefusalsAreCountedNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, b := tallyLog()
		var tally Tally
		for i := range 1000 {
			tally.Add(log.With("remote", i), "expired")
		}
		tally.Add(log.With("remote", "x"), "origin")
		want := lines(`level=WARN msg="request refused" remote=0 reason=expired`, `level=WARN msg="request refused" remote=x reason=origin`)
		if b.String() != want {
			t.Fatalf("at once: got\n%s", b)
		}
		time.Sleep(window) // of the bubble's clock
		synctest.Wait()
		want += lines(`level=WARN msg="requests refused" remote=999 reason=expired count=999`)
		if b.String() != want {
			t.Fatalf("after a minute: got\n%s", b)
		}
		// They go on: they are counted for another minute, and then nothing comes.
		tally.Add(log.With("remote", 7), "expired")
		time.Sleep(window)
		synctest.Wait()
		want += lines(`level=WARN msg="requests refused" remote=7 reason=expired count=1`)
		time.Sleep(10 * window)
		synctest.Wait()
		if b.String() != want {
			t.Fatalf("later: got\n%s", b)
		}
		tally.mu.Lock()
		left := len(tally.counts)
		tally.mu.Unlock()
		if left != 0 {
			t.Errorf("%d reasons are remembered that have gone", left)
		}
		// After silence the first is told at once again; what is counted at the end is told then.
		tally.Add(log.With("remote", 8), "expired")
		tally.Add(log.With("remote", 9), "expired")
		tally.Close()
		want += lines(`level=WARN msg="request refused" remote=8 reason=expired`, `level=WARN msg="requests refused" remote=9 reason=expired count=1`)
		time.Sleep(10 * window)
		synctest.Wait()
		if b.String() != want {
			t.Fatalf("at the end: got\n%s", b)
		}
	})
}

func TestReasonsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, b := tallyLog()
		var tally Tally
		for i := range 10000 {
			tally.Add(log, fmt.Sprint(i))
		}
		if n := len(tally.counts); n > maxReasons+1 {
			t.Errorf("%d reasons are remembered", n)
		}
		if n := strings.Count(b.String(), "\n"); n > maxReasons+1 {
			t.Errorf("%d lines were logged", n)
		}
		tally.Close()
		if !strings.Contains(b.String(), "reason=another count=9935") {
			t.Errorf("got\n%s", b)
		}
	})
}

// TestSubjectsAreToldApart: of a reason the first refusal of each subject is told, as long as there are few.
func TestSubjectsAreToldApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, b := tallyLog()
		var tally Tally
		for range 2 {
			for i := range 10 * maxSubjects {
				tally.AddAt(slog.LevelWarn, log.With("origin", i), "origin", fmt.Sprint(i))
			}
		}
		if n := strings.Count(b.String(), "\n"); n != maxSubjects+1 {
			t.Errorf("got %d lines, want %d", n, maxSubjects+1)
		}
		if n := len(tally.counts); n != maxSubjects+1 {
			t.Errorf("%d kinds are remembered", n)
		}
		tally.Add(log, "another reason")
		if !strings.HasSuffix(b.String(), "msg=\"request refused\" reason=\"another reason\"\n") {
			t.Errorf("a reason finds no place: %s", b)
		}
		time.Sleep(10 * window)
		synctest.Wait()
		if n := strings.Count(b.String(), " count=1\n"); n != maxSubjects {
			t.Errorf("got %d counts, want %d", n, maxSubjects)
		}
		if len(tally.counts) != 0 || tally.subjects != 0 {
			t.Errorf("%d kinds, %d subjects are remembered", len(tally.counts), tally.subjects)
		}
		tally.Close()
	})
}
