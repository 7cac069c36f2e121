package lower

import (
	"go/types"
	"reflect"
	"sync"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

func (c *compiler) mapOp(in ssa.Instruction) machine.Op {
	switch in := in.(type) {
	case *ssa.MakeMap:
		dst, rt, reserve := c.ref(in), c.Laid(in.Type()), c.bound(in.Reserve)
		return func(fr *machine.Frame) {
			n := 0
			if reserve != nil {
				n, _ = reserve(fr)
				n = min(max(n, 0), 1<<20)
			}
			value.Put(rt, dst.At(fr), reflect.MakeMapWithSize(rt, n))
		}
	case *ssa.MapUpdate:
		m, k, v := c.ref(in.Map), c.ref(in.Key), c.ref(in.Value)
		mt := c.Laid(in.Map.Type())
		if quick := mapOf(mt); quick != nil {
			return func(fr *machine.Frame) {
				p := m.At(fr)
				lock := value.LockOf(value.Pointer(p))
				lock.Lock()
				defer lock.Unlock()
				quick.set(p, k.At(fr), v.At(fr))
			}
		}
		return func(fr *machine.Frame) {
			p := m.At(fr)
			lock := value.LockOf(value.Pointer(p))
			lock.Lock()
			defer lock.Unlock()
			value.At(mt, p).SetMapIndex(value.At(mt.Key(), k.At(fr)), value.At(mt.Elem(), v.At(fr)))
		}
	case *ssa.Lookup:
		return c.lookup(in)
	case *ssa.Range:
		return c.rangeOp(in)
	}
	return c.next(in.(*ssa.Next))
}

func (c *compiler) lookup(in *ssa.Lookup) machine.Op {
	dst, m, k := c.ref(in), c.ref(in.X), c.ref(in.Index)
	mt := c.Laid(in.X.Type())
	var okOff uintptr
	commaOk := in.CommaOk
	if commaOk {
		okOff = c.tupleOffset(in.Type().(*types.Tuple), 1)
	}
	if quick := mapOf(mt); quick != nil {
		return func(fr *machine.Frame) {
			p, to := m.At(fr), dst.At(fr)
			lock := value.LockOf(value.Pointer(p))
			lock.RLock()
			ok := quick.get(p, k.At(fr), to)
			lock.RUnlock()
			if commaOk {
				*(*bool)(unsafe.Add(to, okOff)) = ok
			}
		}
	}
	return func(fr *machine.Frame) {
		p := m.At(fr)
		v := lookupLocked(mt, p, k.At(fr))
		value.Put(mt.Elem(), dst.At(fr), v)
		if commaOk {
			*(*bool)(unsafe.Add(dst.At(fr), okOff)) = v.IsValid()
		}
	}
}

func lookupLocked(mt reflect.Type, m, k unsafe.Pointer) reflect.Value {
	lock := value.LockOf(value.Pointer(m))
	lock.RLock()
	defer lock.RUnlock()
	return value.At(mt, m).MapIndex(value.At(mt.Key(), k))
}

// A mapIter or stringIter goes through what a range statement names.
type mapIter struct {
	iter *reflect.MapIter
	lock *sync.RWMutex
}

type stringIter struct {
	s string
	i int
}

func (c *compiler) rangeOp(in *ssa.Range) machine.Op {
	dst, x := c.ref(in), c.ref(in.X)
	rt := c.Laid(in.X.Type())
	if rt.Kind() == reflect.String {
		return func(fr *machine.Frame) { *(*any)(dst.At(fr)) = &stringIter{s: *(*string)(x.At(fr))} }
	}
	return func(fr *machine.Frame) {
		kept := value.Escape(rt, x.At(fr)) // the frame's own copy may change
		*(*any)(dst.At(fr)) = &mapIter{value.At(rt, kept).MapRange(), value.LockOf(value.Pointer(kept))}
	}
}

func (c *compiler) next(in *ssa.Next) machine.Op {
	dst, x := c.ref(in), c.ref(in.Iter)
	tuple := in.Type().(*types.Tuple)
	keyOff, valueOff := c.tupleOffset(tuple, 1), c.tupleOffset(tuple, 2)
	if in.IsString {
		return func(fr *machine.Frame) {
			it := (*(*any)(x.At(fr))).(*stringIter)
			p := dst.At(fr)
			*(*bool)(p) = it.i < len(it.s)
			if it.i < len(it.s) {
				r, n := utf8.DecodeRuneInString(it.s[it.i:])
				if !isInvalid(tuple.At(1)) {
					*(*int)(unsafe.Add(p, keyOff)) = it.i
				}
				if !isInvalid(tuple.At(2)) {
					*(*rune)(unsafe.Add(p, valueOff)) = r
				}
				it.i += n
			}
		}
	}
	m := in.Iter.(*ssa.Range).X.Type().Underlying().(*types.Map)
	kt, vt := c.Laid(m.Key()), c.Laid(m.Elem())
	wantKey, wantValue := !isInvalid(tuple.At(1)), !isInvalid(tuple.At(2))
	return func(fr *machine.Frame) {
		it := (*(*any)(x.At(fr))).(*mapIter)
		p := dst.At(fr)
		it.lock.RLock()
		defer it.lock.RUnlock()
		more := it.iter.Next()
		*(*bool)(p) = more
		if more && wantKey {
			value.At(kt, unsafe.Add(p, keyOff)).SetIterKey(it.iter)
		}
		if more && wantValue {
			value.At(vt, unsafe.Add(p, valueOff)).SetIterValue(it.iter)
		}
	}
}

func isInvalid(v *types.Var) bool {
	b, ok := v.Type().(*types.Basic)
	return ok && b.Kind() == types.Invalid
}
