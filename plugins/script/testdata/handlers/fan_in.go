// > %d
// < 3 answers for %d
package main

import (
	"context"
	"fmt"
	"time"
	"wshd/plugins/wsh"
)

type answer struct {
	from int
	text string
}

func ask(ctx context.Context, n int, q string) <-chan answer {
	c := make(chan answer)
	go func() {
		defer close(c)
		select {
		case c <- answer{n, q}:
		case <-ctx.Done():
		}
	}()
	return c
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	for {
		m, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(r.Context(), time.Minute)
		all := make(chan answer)
		for i := range 3 {
			go func() {
				for a := range ask(ctx, i, m.Text()) {
					all <- a
				}
			}()
		}
		seen := [3]bool{}
		for range seen {
			a := <-all
			if seen[a.from] || a.text != m.Text() {
				cancel()
				return fmt.Errorf("got %v for %s", a, m.Text())
			}
			seen[a.from] = true
		}
		cancel()
		if err := r.SendText(fmt.Sprintf("%d answers for %s", len(seen), m.Text())); err != nil {
			return err
		}
	}
}
