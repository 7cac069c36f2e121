// > add 2
// < +2
// > times 3
// < *3
// > run %d
// < (%d+2)*3, 2 steps
// > clear
// < cleared
package main

import (
	"fmt"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

type step struct {
	name string
	do   func(string) string
}

// makers are made in a loop: each closure has its own variables.
func makers() map[string]func(int) step {
	m := map[string]func(int) step{}
	for name, op := range map[string]string{"add": "+", "times": "*"} {
		m[name] = func(n int) step {
			return step{op + strconv.Itoa(n), func(s string) string {
				if strings.ContainsAny(s, "+*") {
					s = "(" + s + ")"
				}
				return fmt.Sprint(s, op, n)
			}}
		}
	}
	return m
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	var steps []step
	registry := map[string]func(arg string) string{
		"run": func(arg string) string {
			for i := 0; i < len(steps); i++ {
				arg = steps[i].do(arg)
			}
			return fmt.Sprintf("%s, %d steps", arg, len(steps))
		},
		"clear": func(string) string { steps = steps[:0]; return "cleared" },
	}
	for name, maker := range makers() {
		registry[name] = func(arg string) string {
			n, err := strconv.Atoi(arg)
			if err != nil {
				return err.Error()
			}
			steps = append(steps, maker(n))
			return steps[len(steps)-1].name
		}
	}
	return r.Each(func(m wsh.Message) error {
		word, arg, _ := strings.Cut(m.Text(), " ")
		f, ok := registry[word]
		if !ok {
			return r.SendText("unknown")
		}
		return r.SendText(f(arg))
	})
}
