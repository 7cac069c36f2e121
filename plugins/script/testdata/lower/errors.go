package main

import (
	"errors"
	"io"
)

type refusal struct{ code int }

func (r *refusal) Error() string { return "refused" }

func code(err error) int {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.code
	}
	var r *refusal
	if errors.Is(err, io.EOF) || !errors.As(err, &r) {
		return 0
	}
	return r.code
}
