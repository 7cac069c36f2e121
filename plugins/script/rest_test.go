package script

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

// turns is a stream that gives a message when all others have been asked for one too, and notes the answers.
type turns struct {
	wsh.Stream
	all     *sync.WaitGroup
	name    string
	given   bool
	answers []string
}

func (s *turns) Receive(time.Duration, bool) (wsh.Message, error) {
	if s.given {
		return wsh.Message{}, io.EOF
	}
	s.given = true
	s.all.Done()
	s.all.Wait()
	return wsh.Text(s.name), nil
}

func (s *turns) Send(m wsh.Message, _ bool) error {
	s.answers = append(s.answers, m.Text())
	return nil
}

// TestManyConnectionsShareStacks has more connections wait than may stay in the interpreter.
func TestManyConnectionsShareStacks(t *testing.T) {
	h, err := Load(t.Context(), Config{}, echoScript, "echo")
	if err != nil {
		t.Fatal(err)
	}
	const n = 600
	var all, done sync.WaitGroup
	all.Add(n)
	for i := range n {
		s := &turns{all: &all, name: fmt.Sprint("message ", i)}
		done.Go(func() {
			r := &wsh.Request{}
			_, stop := wsh.Attach(r, wsh.Link{Stream: s})
			defer stop()
			if err := h.TransferData(r); !errors.Is(err, io.EOF) || len(s.answers) != 1 || s.answers[0] != s.name {
				t.Errorf("%s: got %q and %v", s.name, s.answers, err)
			}
		})
	}
	done.Wait()
}
