package script

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"wshd/plugins/wsh"
)

const selecting = `package main

import (
	"fmt"
	"time"

	"wshd/plugins/wsh"
)

type pair struct{ a, b int }

func DoExtraHandshake(r *wsh.Request) error {
	a, b, c := make(chan pair, 3), make(chan pair), make(chan string, 1)
	close(b)
	var closed <-chan pair = b
	out := ""
	for i := 0; i < 3; i++ {
		select {
		case p, ok := <-closed:
			out += fmt.Sprint(" closed ", p, ok)
			closed = nil
			c <- "hello"
			if i < 9 {
				break
			}
			out += " wrong"
		case s := <-c:
			out += " " + s
			a <- pair{1, 2}
			continue
		case p := <-a:
			out += fmt.Sprint(" ", p)
		case <-time.After(time.Hour):
			out += " late"
		}
		out += ";"
	}
	select {
	default:
		out += " alone"
	}
	select {
	case <-a:
		out += " wrong"
	default:
		out += " empty"
	}
	fmt.Println(out)
	return nil
}

// TransferData passes numbers through channels of its own: no other call may get them.
func TransferData(r *wsh.Request) error {
	numbers, words := make(chan int, 1), make(chan string, 1)
	mine := r.Data.(int)
	for i := 0; i < 200; i++ {
		if i%2 == 0 {
			numbers <- mine
		} else {
			words <- fmt.Sprint(mine)
		}
		select {
		case n := <-numbers:
			if n != mine {
				return fmt.Errorf("got %d, want %d", n, mine)
			}
		case s := <-words:
			if s != fmt.Sprint(mine) {
				return fmt.Errorf("got %s, want %d", s, mine)
			}
		}
	}
	return nil
}
`

func TestSelectRunsAsWhenCompiled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a_wsh.go")
	if err := os.WriteFile(file, []byte(selecting), 0o600); err != nil {
		t.Fatal(err)
	}
	var lines []string
	output := func(_, line string) { lines = append(lines, line) }
	h, err := Load(t.Context(), Config{Output: output}, file, "a_wsh.go")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.DoExtraHandshake(&wsh.Request{}); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(lines, "\n"), " closed {0 0} false; hello {1 2}; alone empty"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var calls sync.WaitGroup
	for i := range 50 {
		calls.Go(func() {
			if err := h.TransferData(&wsh.Request{Data: i}); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
}
