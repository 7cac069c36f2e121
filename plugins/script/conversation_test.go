package script

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

// This file is built into two tests: that of scripts, and that of the same handlers compiled.

// A conversation is what a handler says in its first lines that a client sends and must get back:
//
//	// > what it sends               // < what it gets
//	// GET /path -> 200 what it gets, asked of ServeHTTP
//	// close 4001 reason             the handler closes; only as the last line, and for one round
//
// In each, %d is the connection's number and %r that of the round.
func conversation(t testing.TB, text string) (steps []string) {
	t.Helper()
	for line := range strings.Lines(text) {
		s, ok := strings.CutPrefix(line, "// ")
		if !ok {
			break
		}
		steps = append(steps, strings.TrimSpace(s))
	}
	if len(steps) == 0 {
		t.Fatal("no conversation")
	}
	return steps
}

// converse has many connections talk to h at the same time.
func converse(t *testing.T, h *wsh.Handler, steps []string) {
	const connections, rounds = 50, 10
	rooms := &wshtest.Rooms{}
	last := rounds
	if strings.HasPrefix(steps[len(steps)-1], "close ") {
		last = 1
	}
	var wg sync.WaitGroup
	for n := range connections {
		wg.Go(func() {
			c := wshtest.Dialer{Resource: fmt.Sprintf("/h?n=%d", n), Rooms: rooms, Timeout: 2 * time.Minute}.Dial(t, h)
			for round := range last {
				for _, s := range steps {
					s = strings.NewReplacer("%d", fmt.Sprint(n), "%r", fmt.Sprint(round)).Replace(s)
					if err := step(h, c, s); err != nil {
						t.Errorf("connection %d, round %d: %v", n, round, err)
					}
				}
			}
			if last > 1 {
				c.Close(1000, "")
			}
		})
	}
	wg.Wait()
}

func step(h *wsh.Handler, c *wshtest.Client, s string) error {
	what, text, _ := strings.Cut(s, " ")
	got := text
	switch what {
	case ">":
		c.SendText(text)
	case "<":
		got = c.ReceiveText()
	case "close":
		end := c.Wait()
		got = strings.TrimSpace(fmt.Sprint(end.Code, " ", end.Reason))
	default:
		path, want, _ := strings.Cut(text, " -> ")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(what, path, nil))
		got, text = strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Body)), want
	}
	if got != text {
		return fmt.Errorf("got %q, want %q", got, text)
	}
	return nil
}
