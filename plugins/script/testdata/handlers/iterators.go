// > a b c%d d e
// < 0:a 2:c%d 4:e
// > x
// < 0:x
package main

import (
	"fmt"
	"iter"
	"strings"

	"wshd/plugins/wsh"
)

func words(s string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		i := 0
		for w := range strings.FieldsSeq(s) {
			if !yield(i, w) {
				return
			}
			i++
		}
	}
}

func filter[K, V any](seq iter.Seq2[K, V], keep func(K, V) bool) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for k, v := range seq {
			if keep(k, v) && !yield(k, v) {
				return
			}
		}
	}
}

// messages are the connection's, until it ends.
func messages(r *wsh.Request, err *error) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			m, e := r.ReceiveMessage()
			if e != nil {
				*err = e
				return
			}
			if !yield(m.Text()) {
				return
			}
		}
	}
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) (err error) {
	for text := range messages(r, &err) {
		var out []string
		for i, w := range filter(words(text), func(i int, _ string) bool { return i%2 == 0 }) {
			out = append(out, fmt.Sprint(i, ":", w))
			if i > 100 {
				return wsh.ErrAborted
			}
		}
		if e := r.SendText(strings.Join(out, " ")); e != nil {
			return e
		}
	}
	return err
}
