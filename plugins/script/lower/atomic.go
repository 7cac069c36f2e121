package lower

import (
	"strings"
	"sync/atomic"
	"unsafe"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// atomicPointer compiles the methods of atomic.Pointer, of which the host has no instance for a script's
// type.
func atomicPointer(name string, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	method, ok := strings.CutPrefix(name, "(*sync/atomic.Pointer).")
	if !ok {
		return nil
	}
	p := arg(0)
	at := func(fr *machine.Frame) *unsafe.Pointer { return (*unsafe.Pointer)(value.Deref(p.At(fr))) }
	switch method {
	case "Load":
		return func(fr *machine.Frame) { *(*unsafe.Pointer)(dst.At(fr)) = atomic.LoadPointer(at(fr)) }
	case "Store":
		v := arg(1)
		return func(fr *machine.Frame) { atomic.StorePointer(at(fr), value.Pointer(v.At(fr))) }
	case "Swap":
		v := arg(1)
		return func(fr *machine.Frame) {
			*(*unsafe.Pointer)(dst.At(fr)) = atomic.SwapPointer(at(fr), value.Pointer(v.At(fr)))
		}
	case "CompareAndSwap":
		o, v := arg(1), arg(2)
		return func(fr *machine.Frame) {
			*(*bool)(dst.At(fr)) = atomic.CompareAndSwapPointer(at(fr), value.Pointer(o.At(fr)), value.Pointer(v.At(fr)))
		}
	}
	return nil
}

// atomicValue compiles the methods of atomic.Value, for which all boxes would be of one type.
func atomicValue(name string, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	method, ok := strings.CutPrefix(name, "(*sync/atomic.Value).")
	if !ok || method == "Load" {
		return nil
	}
	p, v := arg(0), arg(1)
	at := func(fr *machine.Frame, v machine.Ref, doing string) (*atomic.Value, any) {
		to, x := (*atomic.Value)(value.Deref(p.At(fr))), *(*any)(v.At(fr))
		if differ(to.Load(), x) {
			panic("sync/atomic: " + doing + " of inconsistently typed value into Value")
		}
		return to, x
	}
	switch method {
	case "Store":
		return func(fr *machine.Frame) {
			to, x := at(fr, v, "store")
			to.Store(x)
		}
	case "Swap":
		return func(fr *machine.Frame) {
			to, x := at(fr, v, "swap")
			*(*any)(dst.At(fr)) = to.Swap(x)
		}
	}
	next := arg(2)
	return func(fr *machine.Frame) {
		old := *(*any)(v.At(fr))
		if differ(old, *(*any)(next.At(fr))) {
			panic("sync/atomic: compare and swap of inconsistently typed values")
		}
		to, x := at(fr, next, "compare and swap")
		*(*bool)(dst.At(fr)) = to.CompareAndSwap(old, x)
	}
}

// differ reports whether one of two values is a script's, and the other of another type.
func differ(a, b any) bool {
	ta, _ := boxed.Of(a)
	tb, _ := boxed.Of(b)
	return a != nil && b != nil && ta != tb
}
