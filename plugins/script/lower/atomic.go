package lower

import (
	"strings"
	"sync/atomic"
	"unsafe"

	"wshd/plugins/script/value"
)

// atomicPointer compiles the methods of atomic.Pointer, of which the host has no instance for a script's
// type.
func atomicPointer(name string, arg func(int) ref, dst ref) op {
	method, ok := strings.CutPrefix(name, "(*sync/atomic.Pointer).")
	if !ok {
		return nil
	}
	p := arg(0)
	at := func(fr *frame) *unsafe.Pointer { return (*unsafe.Pointer)(value.Deref(p.at(fr))) }
	switch method {
	case "Load":
		return func(fr *frame) { *(*unsafe.Pointer)(dst.at(fr)) = atomic.LoadPointer(at(fr)) }
	case "Store":
		v := arg(1)
		return func(fr *frame) { atomic.StorePointer(at(fr), value.Pointer(v.at(fr))) }
	case "Swap":
		v := arg(1)
		return func(fr *frame) { *(*unsafe.Pointer)(dst.at(fr)) = atomic.SwapPointer(at(fr), value.Pointer(v.at(fr))) }
	case "CompareAndSwap":
		o, v := arg(1), arg(2)
		return func(fr *frame) {
			*(*bool)(dst.at(fr)) = atomic.CompareAndSwapPointer(at(fr), value.Pointer(o.at(fr)), value.Pointer(v.at(fr)))
		}
	}
	return nil
}

// atomicValue compiles the methods of atomic.Value, for which all boxes would be of one type.
func atomicValue(name string, arg func(int) ref, dst ref) op {
	method, ok := strings.CutPrefix(name, "(*sync/atomic.Value).")
	if !ok || method == "Load" {
		return nil
	}
	p, v := arg(0), arg(1)
	at := func(fr *frame, v ref, doing string) (*atomic.Value, any) {
		to, x := (*atomic.Value)(value.Deref(p.at(fr))), *(*any)(v.at(fr))
		if differ(to.Load(), x) {
			panic("sync/atomic: " + doing + " of inconsistently typed value into Value")
		}
		return to, x
	}
	switch method {
	case "Store":
		return func(fr *frame) {
			to, x := at(fr, v, "store")
			to.Store(x)
		}
	case "Swap":
		return func(fr *frame) {
			to, x := at(fr, v, "swap")
			*(*any)(dst.at(fr)) = to.Swap(x)
		}
	}
	next := arg(2)
	return func(fr *frame) {
		old := *(*any)(v.at(fr))
		if differ(old, *(*any)(next.at(fr))) {
			panic("sync/atomic: compare and swap of inconsistently typed values")
		}
		to, x := at(fr, next, "compare and swap")
		*(*bool)(dst.at(fr)) = to.CompareAndSwap(old, x)
	}
}

// differ reports whether one of two values is a script's, and the other of another type.
func differ(a, b any) bool {
	ta, _ := unboxed(a)
	tb, _ := unboxed(b)
	return a != nil && b != nil && ta != tb
}
