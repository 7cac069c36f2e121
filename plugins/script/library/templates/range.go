package templates

import (
	"go/types"
	"iter"
	"reflect"
	"slices"

	"wshd/plugins/script/library/format"
	"wshd/plugins/script/value"
)

// ranged is what a range goes through, with what it finds as values of its own. two: it has two variables.
func (s *Set) ranged(in reflect.Value, two bool) (reflect.Value, error) {
	it, isNil := s.indirect(s.templated(in))
	v := it.v
	if !v.IsValid() {
		return v, nil
	}
	switch kind := v.Kind(); {
	case isNil:
	case isWhole(kind) && two:
		return v, failure("can't use %v to iterate over more than one variable", it.printable())
	case isWhole(kind):
		return s.rangedInt(it), nil
	case kind == reflect.Slice || kind == reflect.Array:
		if s.isPlain(it.parts(), v.Type().Elem()) {
			return v, nil
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = s.element(it.parts(), v.Index(i))
		}
		return reflect.ValueOf(list), nil
	case kind == reflect.Map:
		if s.isPlain(it.parts(), v.Type().Elem()) && s.keyType(it) == nil && v.Type().Key().Kind() != reflect.Interface {
			return value.Snapshot(v), nil
		}
		return s.rangedMap(it, two), nil
	case kind == reflect.Chan && v.Type().ChanDir() == reflect.SendDir && !v.IsNil():
		return v, failure("range over send-only channel %v", it.printable())
	case kind == reflect.Chan:
		if s.isPlain(it.parts(), v.Type().Elem()) || v.IsNil() {
			return v, nil
		}
		return numbered(two, func(yield func(any) bool) {
			for e, ok := v.Recv(); ok && yield(s.element(it.parts(), e)); e, ok = v.Recv() {
			}
		}), nil
	case kind == reflect.Func && v.Type().CanSeq() && two:
		return v, failure("can't use %v iterate over more than one variable", it.printable())
	case kind == reflect.Func && (v.Type().CanSeq() || v.Type().CanSeq2()):
		return s.rangedFunc(it), nil
	}
	return v, failure("range can't iterate over %v", it.printable())
}

func (s *Set) rangedOne(v reflect.Value) (reflect.Value, error) { return s.ranged(v, false) }

func (s *Set) rangedTwo(v reflect.Value) (reflect.Value, error) { return s.ranged(v, true) }

func (s *Set) rangedInt(it templated) reflect.Value {
	if it.t == nil {
		return it.v
	}
	return reflect.ValueOf(iter.Seq[any](func(yield func(any) bool) {
		for e := range it.v.Seq() {
			if !yield(templated{t: it.t, v: e}.flow().Interface()) {
				return
			}
		}
	}))
}

// isPlain reports whether no element of the type is a value of a script's type.
func (s *Set) isPlain(t types.Type, rt reflect.Type) bool {
	return rt.Kind() != reflect.Interface && (t == nil || !s.TypeOf(t).Scripted)
}

// element is what a range finds, as an interface that the template looks into.
func (s *Set) element(t types.Type, v reflect.Value) any {
	return interfaceOf(s.typed(t, v).flow())
}

// numbered is a sequence with the numbers of its elements, if they are wanted.
func numbered(two bool, seq iter.Seq[any]) reflect.Value {
	if !two {
		return reflect.ValueOf(seq)
	}
	return reflect.ValueOf(iter.Seq2[int, any](func(yield func(int, any) bool) {
		n := 0
		for e := range seq {
			if !yield(n, e) {
				return
			}
			n++
		}
	}))
}

// rangedMap goes through a copy of a map, in the order of its keys.
func (s *Set) rangedMap(it templated, two bool) reflect.Value {
	m := value.Snapshot(it.v)
	keys := m.MapKeys()
	slices.SortStableFunc(keys, format.CompareKeys)
	if !two {
		list := make([]any, len(keys))
		for i, k := range keys {
			list[i] = s.element(it.parts(), m.MapIndex(k))
		}
		return reflect.ValueOf(list)
	}
	var kt types.Type
	if it.t != nil {
		kt = it.t.Go.Underlying().(*types.Map).Key()
	}
	return reflect.ValueOf(iter.Seq2[any, any](func(yield func(any, any) bool) {
		for _, k := range keys {
			if !yield(s.element(kt, k), s.element(it.parts(), m.MapIndex(k))) {
				return
			}
		}
	}))
}

// rangedFunc goes through what an iterator yields.
func (s *Set) rangedFunc(it templated) reflect.Value {
	rt := it.v.Type()
	kind := func(i int) types.Type {
		if it.t == nil {
			return nil
		}
		yield := it.signature().Params().At(0).Type().Underlying().(*types.Signature)
		return yield.Params().At(i).Type()
	}
	if rt.CanSeq() {
		return reflect.ValueOf(iter.Seq[any](func(yield func(any) bool) {
			var b broken
			for e := range it.v.Seq() {
				if !b.off(func() bool { return yield(s.element(kind(0), e)) }) {
					break
				}
			}
			b.goOn()
		}))
	}
	return reflect.ValueOf(iter.Seq2[any, any](func(yield func(any, any) bool) {
		var b broken
		for k, e := range it.v.Seq2() {
			if !b.off(func() bool { return yield(s.element(kind(0), k), s.element(kind(1), e)) }) {
				break
			}
		}
		b.goOn()
	}))
}

// broken is a range that ends by a panic of the template's, which is nothing to the function of a script
// that it goes through.
type broken struct{ with any }

func (b *broken) off(next func() bool) (more bool) {
	defer func() {
		if r := recover(); r != nil {
			b.with, more = r, false
		}
	}()
	return next()
}

func (b *broken) goOn() {
	if b.with != nil {
		panic(b.with)
	}
}
