// > 3 1 2 %d
// < 4+2+3+x=9+%d
package main

import (
	"fmt"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

type number struct {
	n    int
	last bool
}

func parse(in <-chan string) <-chan []number {
	out := make(chan []number)
	go func() {
		defer close(out)
		for line := range in {
			var list []number
			fields := strings.Fields(line)
			for i, f := range fields {
				n, err := strconv.Atoi(f)
				if err != nil {
					continue
				}
				list = append(list, number{n, i == len(fields)-1})
			}
			out <- list
		}
	}()
	return out
}

func each[T, U any](in <-chan T, f func(T) U) <-chan U {
	out := make(chan U)
	go func() {
		defer close(out)
		for v := range in {
			out <- f(v)
		}
	}()
	return out
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	lines := make(chan string)
	plus := each(parse(lines), func(l []number) (out []number) {
		for _, x := range l {
			if !x.last {
				x.n++
			}
			out = append(out, x)
		}
		return out
	})
	texts := each(plus, func(l []number) string {
		sum, s := 0, ""
		for _, x := range l {
			if x.last {
				return fmt.Sprintf("%s+x=%d+%d", s[1:], sum, x.n)
			}
			sum += x.n
			s += "+" + strconv.Itoa(x.n)
		}
		return "empty"
	})
	defer close(lines)
	return r.Each(func(m wsh.Message) error {
		lines <- m.Text()
		return r.SendText(<-texts)
	})
}
