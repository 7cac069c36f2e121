package lower

import (
	"fmt"
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/memory"
	"wshd/plugins/script/value"
)

func checkIndex(i int, ok bool, n int) {
	if !ok || i < 0 || i >= n {
		if !ok {
			panic(value.RuntimeError(fmt.Sprintf("index out of range [%d] with length %d", uint64(i), n)))
		}
		if i < 0 {
			panic(value.RuntimeError(fmt.Sprintf("index out of range [%d]", i)))
		}
		panic(value.RuntimeError(fmt.Sprintf("index out of range [%d] with length %d", i, n)))
	}
}

func (c *compiler) indexAddr(in *ssa.IndexAddr) machine.Op {
	dst, src, at := c.ref(in), c.ref(in.X), c.ref(in.Index)
	read := value.Reader(c.Laid(in.Index.Type()))
	size := c.Laid(elem(in.Type())).Size()
	if p, ok := in.X.Type().Underlying().(*types.Pointer); ok {
		n := int(p.Elem().Underlying().(*types.Array).Len())
		return func(fr *machine.Frame) {
			base := value.Deref(src.At(fr))
			i, ok := read(at.At(fr))
			checkIndex(i, ok, n)
			*(*unsafe.Pointer)(dst.At(fr)) = unsafe.Add(base, uintptr(i)*size)
		}
	}
	return func(fr *machine.Frame) {
		h := (*value.Slice)(src.At(fr))
		i, ok := read(at.At(fr))
		checkIndex(i, ok, h.Len)
		*(*unsafe.Pointer)(dst.At(fr)) = unsafe.Add(h.Data, uintptr(i)*size)
	}
}

func (c *compiler) index(in *ssa.Index) machine.Op {
	dst, src, at := c.ref(in), c.ref(in.X), c.ref(in.Index)
	read := value.Reader(c.Laid(in.Index.Type()))
	rt := c.Laid(in.Type())
	move, size := value.MoverOf(rt), rt.Size()
	switch t := in.X.Type().Underlying().(type) {
	case *types.Array:
		n := int(t.Len())
		return func(fr *machine.Frame) {
			i, ok := read(at.At(fr))
			checkIndex(i, ok, n)
			move(dst.At(fr), unsafe.Add(src.At(fr), uintptr(i)*size))
		}
	case *types.Basic:
		return func(fr *machine.Frame) {
			s := *(*string)(src.At(fr))
			i, ok := read(at.At(fr))
			checkIndex(i, ok, len(s))
			*(*byte)(dst.At(fr)) = s[i]
		}
	}
	c.refuse(&unknown, fmt.Sprintf("indexing a %s", in.X.Type()))
	return nil
}

// bounds are the operands of a slice expression.
type bounds struct {
	low, high, max func(fr *machine.Frame) (int, bool) // nil: not given
}

func (c *compiler) bound(v ssa.Value) func(fr *machine.Frame) (int, bool) {
	if v == nil {
		return nil
	}
	r, read := c.ref(v), value.Reader(c.Laid(v.Type()))
	return func(fr *machine.Frame) (int, bool) { return read(r.At(fr)) }
}

// of returns the bounds, checked against a length and a capacity.
func (b bounds) of(fr *machine.Frame, length, capacity int, str bool) (low, high, limit int) {
	what := "capacity"
	if str {
		what = "length"
	}
	bad := func(format string, args ...any) {
		panic(value.RuntimeError("slice bounds out of range " + fmt.Sprintf(format, args...)))
	}
	ok := true
	high, limit = length, capacity
	if b.max != nil {
		if limit, ok = b.max(fr); !ok || limit < 0 || limit > capacity {
			if limit < 0 && ok {
				bad("[::%d]", limit)
			}
			bad("[::%d] with %s %d", uint(limit), what, capacity)
		}
	}
	if b.high != nil {
		if high, ok = b.high(fr); !ok || high < 0 || high > limit {
			switch {
			case high < 0 && ok && b.max != nil:
				bad("[:%d:]", high)
			case high < 0 && ok:
				bad("[:%d]", high)
			case b.max != nil:
				bad("[:%d:%d]", uint(high), limit)
			}
			bad("[:%d] with %s %d", uint(high), what, limit)
		}
	}
	if b.low != nil {
		if low, ok = b.low(fr); !ok || low < 0 || low > high {
			switch {
			case low < 0 && ok && b.max != nil:
				bad("[%d::]", low)
			case low < 0 && ok:
				bad("[%d:]", low)
			case b.max != nil:
				bad("[%d:%d:]", uint(low), high)
			}
			bad("[%d:%d]", uint(low), high)
		}
	}
	return low, high, limit
}

func (c *compiler) slice(in *ssa.Slice) machine.Op {
	dst, src := c.ref(in), c.ref(in.X)
	b := bounds{c.bound(in.Low), c.bound(in.High), c.bound(in.Max)}
	var size uintptr
	array := -1
	switch t := in.X.Type().Underlying().(type) {
	case *types.Basic:
		return func(fr *machine.Frame) {
			s := *(*string)(src.At(fr))
			low, high, _ := b.of(fr, len(s), len(s), true)
			*(*string)(dst.At(fr)) = s[low:high]
		}
	case *types.Pointer:
		a := t.Elem().Underlying().(*types.Array)
		array, size = int(a.Len()), c.Laid(a.Elem()).Size()
		if made, ok := in.X.(*ssa.Alloc); ok && made.Comment == "makeslice" {
			b.high = madeLength(b.high, array, size)
		}
	case *types.Slice:
		size = c.Laid(t.Elem()).Size()
	}
	return func(fr *machine.Frame) {
		var h value.Slice
		if array >= 0 {
			h = value.Slice{Data: value.Deref(src.At(fr)), Len: array, Cap: array}
		} else {
			h = *(*value.Slice)(src.At(fr))
		}
		low, high, limit := b.of(fr, h.Len, h.Cap, array >= 0)
		if limit > low {
			h.Data = unsafe.Add(h.Data, uintptr(low)*size)
		}
		h.Len, h.Cap = high-low, limit-low
		*(*value.Slice)(dst.At(fr)) = h
	}
}

func (c *compiler) makeSlice(in *ssa.MakeSlice) machine.Op {
	dst, rt := c.ref(in), c.Laid(in.Type())
	length, capacity := c.bound(in.Len), c.bound(in.Cap)
	size := rt.Elem().Size()
	return func(fr *machine.Frame) {
		n, ok := length(fr)
		if tooBig(n, ok, size) {
			panic(value.RuntimeError("makeslice: len out of range"))
		}
		m, ok := capacity(fr)
		if tooBig(m, ok, size) || m < n {
			panic(value.RuntimeError("makeslice: cap out of range"))
		}
		value.Put(rt, dst.At(fr), reflect.MakeSlice(rt, n, m))
	}
}

// madeLength checks the length of make([]T, n, m) with a constant m.
func madeLength(n func(*machine.Frame) (int, bool), m int, size uintptr) func(*machine.Frame) (int, bool) {
	return func(fr *machine.Frame) (int, bool) {
		i, ok := n(fr)
		if tooBig(i, ok, size) {
			panic(value.RuntimeError("makeslice: len out of range"))
		}
		if i > m {
			panic(value.RuntimeError("makeslice: cap out of range"))
		}
		return i, ok
	}
}

func tooBig(n int, ok bool, size uintptr) bool {
	return !ok || n < 0 || memory.TooMuch(uint64(n), uint64(size))
}

func (c *compiler) sliceToArray(in *ssa.SliceToArrayPointer) machine.Op {
	dst, src := c.ref(in), c.ref(in.X)
	n := int(elem(in.Type()).Underlying().(*types.Array).Len())
	return func(fr *machine.Frame) {
		h := (*value.Slice)(src.At(fr))
		if h.Len < n {
			panic(value.RuntimeError(fmt.Sprintf("cannot convert slice with length %d to array or pointer to array with length %d", h.Len, n)))
		}
		*(*unsafe.Pointer)(dst.At(fr)) = h.Data
	}
}
