// > %d
// < order %d: ok
// > x
// < 400 order "x": parse: strconv.Atoi: parsing "x": invalid syntax
// > -5
// < 404 order "-5": stock: item -5 not found
// > 999
// < 503 order "999": stock: shipping is down
package main

import (
	"errors"
	"fmt"
	"strconv"

	"wshd/plugins/wsh"
)

type notFound struct{ id int }

func (e *notFound) Error() string { return fmt.Sprintf("item %d not found", e.id) }

type stage struct {
	name string
	err  error
}

func (s stage) Error() string { return s.name + ": " + s.err.Error() }
func (s stage) Unwrap() error { return s.err }

type coder interface{ Code() int }

type unavailable string

func (u unavailable) Error() string { return string(u) + " is down" }
func (u unavailable) Code() int     { return 503 }

func stock(id int) error {
	switch {
	case id < 0:
		return &notFound{id}
	case id > 100:
		return unavailable("shipping")
	}
	return nil
}

func order(s string) (id int, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("order %q: %w", s, err)
		}
	}()
	if id, err = strconv.Atoi(s); err != nil {
		return 0, stage{"parse", err}
	}
	if err := stock(id); err != nil {
		return id, stage{"stock", err}
	}
	return id, nil
}

func codeOf(err error) int {
	var nf *notFound
	var c coder
	switch {
	case errors.Is(err, strconv.ErrSyntax):
		return 400
	case errors.As(err, &nf):
		return 404
	case errors.As(err, &c):
		return c.Code()
	}
	return 500
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		id, err := order(m.Text())
		if err != nil {
			return r.SendText(fmt.Sprint(codeOf(err), " ", err))
		}
		return r.SendText(fmt.Sprintf("order %d: ok", id))
	})
}
