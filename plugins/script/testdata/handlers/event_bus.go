// > joined %d
// < user %d joined
// > score %d
// < %d points, twice
// > score -1
// < bad score: -1 points
package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

type joined struct{ name string }

type points int

func (p points) String() string { return strconv.Itoa(int(p)) + " points" }

// bus calls those who subscribed to the type of an event.
type bus struct{ subs []func(any) error }

func subscribe[T any](b *bus, f func(T) error) {
	b.subs = append(b.subs, func(e any) error {
		if v, ok := e.(T); ok {
			return f(v)
		}
		return nil
	})
}

func (b *bus) publish(e any) error {
	var all error
	for _, f := range b.subs {
		all = errors.Join(all, f(e))
	}
	return all
}

var errBad = errors.New("bad score")

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	b := &bus{}
	seen := 0
	subscribe(b, func(j joined) error { return r.SendText("user " + j.name + " joined") })
	subscribe(b, func(p points) error {
		if seen++; p < 0 {
			return fmt.Errorf("%w: %v", errBad, p)
		}
		return nil
	})
	subscribe(b, func(s fmt.Stringer) error {
		if seen++; strings.HasPrefix(s.String(), "-") {
			return nil
		}
		return r.SendText(fmt.Sprint(s, ", ", map[int]string{2: "twice"}[seen]))
	})
	return r.Each(func(m wsh.Message) error {
		kind, arg, _ := strings.Cut(m.Text(), " ")
		seen = 0
		var event any = joined{arg}
		if kind == "score" {
			n, err := strconv.Atoi(arg)
			if err != nil {
				return err
			}
			event = points(n)
		}
		if err := b.publish(event); errors.Is(err, errBad) {
			return r.SendText(err.Error())
		} else if err != nil {
			return err
		}
		return nil
	})
}
