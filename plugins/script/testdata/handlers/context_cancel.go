// > slow %d
// < started %d
// > cancel
// < %d: context canceled
// > quick %d
// < %d done
package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"wshd/plugins/wsh"
)

func work(ctx context.Context, name string, d time.Duration) string {
	select {
	case <-time.After(d):
		return name + " done"
	case <-ctx.Done():
		return fmt.Sprint(name, ": ", context.Cause(ctx))
	}
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	var cancel context.CancelFunc
	results := make(chan string)
	return r.Each(func(m wsh.Message) error {
		what, name, _ := strings.Cut(m.Text(), " ")
		switch what {
		case "slow":
			var ctx context.Context
			ctx, cancel = context.WithCancel(r.Context())
			go func() {
				s := work(ctx, name, time.Hour)
				select {
				case results <- s:
				case <-r.Context().Done():
				}
			}()
			return r.SendText("started " + name)
		case "cancel":
			cancel()
			return r.SendText(<-results)
		}
		ctx, stop := context.WithTimeout(r.Context(), time.Hour)
		defer stop()
		return r.SendText(work(ctx, name, time.Millisecond))
	})
}
