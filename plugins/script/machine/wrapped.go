package machine

import (
	"reflect"

	"wshd/plugins/script/value"
)

// MostLayers is how many readers, writers, errors and contexts may be around one another.
const MostLayers = 1_000

// ErrorIs is errors.Is, which compares boxes as the values in them.
func (g *G) ErrorIs(err, target error) bool {
	if err == nil || target == nil {
		return err == target
	}
	comparable := reflect.TypeOf(target).Comparable()
	return g.Walk(err, func(e error) bool {
		if comparable && e == target {
			return true
		}
		x, ok := e.(interface{ Is(error) bool })
		return ok && x.Is(target)
	})
}

// Walk calls f with err and all that it wraps, in errors.Is's order, until f is content. An error may wrap
// itself: that is a loop like others.
func (g *G) Walk(err error, f func(error) bool) bool { return g.walkFrom(0, err, f) }

func (g *G) walkFrom(depth int, err error, f func(error) bool) bool {
	if depth > MostLayers {
		panic(value.ErrWithin)
	}
	for err != nil {
		g.tick(nil)
		if f(err) {
			return true
		}
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			err = x.Unwrap()
		case interface{ Unwrap() []error }:
			for _, e := range x.Unwrap() {
				if g.walkFrom(depth+1, e, f) {
					return true
				}
			}
			return false
		default:
			return false
		}
	}
	return false
}

// AsNative is errors.As with a target that is no script's.
func (g *G) AsNative(err error, target any) bool {
	into := reflect.ValueOf(target).Elem()
	return g.Walk(err, func(e error) bool {
		if reflect.TypeOf(e).AssignableTo(into.Type()) {
			into.Set(reflect.ValueOf(e))
			return true
		}
		x, ok := e.(interface{ As(any) bool })
		return ok && x.As(target)
	})
}
