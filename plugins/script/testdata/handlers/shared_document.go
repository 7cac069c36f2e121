// > insert 0 abc
// < abc
// > insert 1 %d
// < a%dbc
// > delete 0 1
// < %dbc
// > undo
// < a%dbc
// > upper
// < A%dBC
// > delete 5 99
// < out of range: delete at 5
// > clear
// <
package main

import (
	"fmt"
	"strings"

	"wshd/plugins/wsh"
)

type op interface {
	apply(doc string) (string, error)
}

type (
	insert struct {
		at   int
		text string
	}
	remove struct{ at, n int }
	change func(string) string
)

type rangeError struct {
	what string
	at   int
}

func (e *rangeError) Error() string { return fmt.Sprintf("out of range: %s at %d", e.what, e.at) }

func (i insert) apply(doc string) (string, error) {
	if i.at > len(doc) {
		return doc, &rangeError{"insert", i.at}
	}
	return doc[:i.at] + i.text + doc[i.at:], nil
}

func (d remove) apply(doc string) (string, error) {
	if d.at+d.n > len(doc) {
		return doc, &rangeError{"delete", d.at}
	}
	return doc[:d.at] + doc[d.at+d.n:], nil
}

func (c change) apply(doc string) (string, error) { return c(doc), nil }

type document struct {
	text    string
	history []string
}

func (d *document) do(o op) (err error) {
	before := d.text
	if d.text, err = o.apply(d.text); err == nil {
		d.history = append(d.history, before)
	}
	return err
}

func parse(d *document, line string) op {
	var word, text string
	var at, n int
	_, _ = fmt.Sscan(line, &word, &at)
	switch word {
	case "insert":
		_, _ = fmt.Sscan(line, &word, &at, &text)
		return insert{at, text}
	case "delete":
		_, _ = fmt.Sscan(line, &word, &at, &n)
		return remove{at, n}
	case "upper":
		return change(strings.ToUpper)
	case "clear":
		return change(func(string) string { return "" })
	case "undo":
		return change(func(string) string {
			last := d.history[len(d.history)-1]
			d.history = d.history[:len(d.history)-1]
			return last
		})
	}
	return nil
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	d := &document{}
	return r.Each(func(m wsh.Message) error {
		o := parse(d, m.Text())
		if o == nil {
			return r.SendText("what?")
		}
		if err := d.do(o); err != nil {
			return r.SendText(err.Error())
		}
		return r.SendText(d.text)
	})
}
