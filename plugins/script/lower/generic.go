package lower

import (
	"iter"
	"math/rand/v2"
	"reflect"
	"sync"

	"golang.org/x/tools/go/ssa"
)

// generic makes an instance of a generic function of a package that is compiled into the host. There
// are few; those of slices, maps and cmp are run from source.
func (c *compiler) generic(name string, fn *ssa.Function) reflect.Value {
	if len(fn.TypeArgs()) == 0 {
		return reflect.Value{}
	}
	rt := c.Laid(fn.Signature)
	switch name {
	case "iter.Pull":
		return reflect.MakeFunc(rt, func(in []reflect.Value) []reflect.Value { return pull(rt, in[0], 1) })
	case "iter.Pull2":
		return reflect.MakeFunc(rt, func(in []reflect.Value) []reflect.Value { return pull(rt, in[0], 2) })
	case "sync.OnceValue", "sync.OnceValues":
		return reflect.MakeFunc(rt, func(in []reflect.Value) []reflect.Value {
			once := sync.OnceValue(func() []reflect.Value { return in[0].Call(nil) })
			return []reflect.Value{reflect.MakeFunc(rt.Out(0), func([]reflect.Value) []reflect.Value { return once() })}
		})
	case "math/rand/v2.N":
		return reflect.MakeFunc(rt, func(in []reflect.Value) []reflect.Value {
			out := reflect.New(rt.Out(0)).Elem()
			if in[0].CanInt() {
				if in[0].Int() <= 0 {
					panic("invalid argument to N")
				}
				out.SetInt(rand.Int64N(in[0].Int()))
			} else {
				if in[0].Uint() == 0 {
					panic("invalid argument to N")
				}
				out.SetUint(rand.Uint64N(in[0].Uint()))
			}
			return []reflect.Value{out}
		})
	}
	return reflect.Value{}
}

// pull is iter.Pull for values of any type, n of them at a time.
func pull(rt reflect.Type, seq reflect.Value, n int) []reflect.Value {
	yieldType := seq.Type().In(0)
	next, stop := iter.Pull(func(yield func([]reflect.Value) bool) {
		seq.Call([]reflect.Value{reflect.MakeFunc(yieldType, func(in []reflect.Value) []reflect.Value {
			return []reflect.Value{reflect.ValueOf(yield(append([]reflect.Value(nil), in...)))}
		})})
	})
	nextType := rt.Out(0)
	return []reflect.Value{
		reflect.MakeFunc(nextType, func([]reflect.Value) []reflect.Value {
			got, ok := next()
			if !ok {
				for i := range n {
					got = append(got, reflect.Zero(nextType.Out(i)))
				}
			}
			return append(got, reflect.ValueOf(ok))
		}),
		reflect.ValueOf(stop),
	}
}
