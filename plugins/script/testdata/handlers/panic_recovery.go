// > 1%d
// < 100/1%d is fine
// > 0
// < failed: runtime error: integer divide by zero (2 cleaned up)
// > map
// < failed: assignment to entry in nil map (2 cleaned up)
// > custom %d
// < failed: custom %d (2 cleaned up)
// > goroutine
// < failed: runtime error: index out of range [3] with length 0 (2 cleaned up)
package main

import (
	"fmt"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

type failure struct{ what string }

func act(text string, cleaned *int) (answer string, err error) {
	defer func() {
		*cleaned++
		switch r := recover().(type) {
		case nil:
		case failure:
			err = fmt.Errorf("failed: %s", r.what)
		case error:
			err = fmt.Errorf("failed: %w", r)
		default:
			err = fmt.Errorf("failed: %v", r)
		}
	}()
	defer func() { *cleaned++ }()
	switch {
	case text == "map":
		var m map[string]int
		m[text]++
	case text == "goroutine":
		c := make(chan any)
		go func() {
			defer func() { c <- recover() }()
			var s []int
			s[3] = 1
		}()
		panic(<-c)
	case strings.HasPrefix(text, "custom"):
		panic(failure{text})
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("100/%d is fine", n), check(100 / n * 0)
}

func check(int) error { return nil }

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		cleaned := 0
		answer, err := act(m.Text(), &cleaned)
		if err != nil {
			answer = fmt.Sprintf("%v (%d cleaned up)", err, cleaned)
		}
		return r.SendText(answer)
	})
}
