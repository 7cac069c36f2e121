package lower

import (
	"fmt"
	"go/types"
	"iter"
	"reflect"
	"slices"

	"wshd/plugins/script/value"
)

// templateIndex is the function index of templates.
func (vm *Program) templateIndex(_ string, in reflect.Value, indexes ...reflect.Value) (reflect.Value, error) {
	it := vm.templated(in)
	if !it.v.IsValid() || it.v.Kind() == reflect.Interface && it.v.IsNil() {
		return it.v, calling("index", fmt.Errorf("index of untyped nil"))
	}
	for _, index := range indexes {
		var isNil bool
		if it, isNil = vm.indirect(it); isNil {
			return it.v, calling("index", fmt.Errorf("index of nil pointer"))
		}
		switch it.v.Kind() {
		case reflect.Array, reflect.Slice, reflect.String:
			n, err := vm.place(index, it.v.Len())
			if err != nil {
				return it.v, calling("index", err)
			}
			it = vm.typed(it.parts(), it.v.Index(n))
		case reflect.Map:
			key, err := vm.preparedArg(index, vm.keyType(it), it.v.Type().Key())
			if err != nil {
				return it.v, calling("index", err)
			}
			found := mapIndex(it.v, key)
			if !found.IsValid() {
				found = reflect.Zero(it.v.Type().Elem())
			}
			it = vm.typed(it.parts(), found)
		default:
			return it.v, calling("index", fmt.Errorf("can't index item of type %s", it.typeName()))
		}
	}
	return it.flow(), nil
}

// place is an index into what is no map.
func (vm *Program) place(index reflect.Value, last int) (int, error) {
	it := vm.templated(index)
	if it.v.IsValid() && it.v.Kind() == reflect.Interface {
		it.v = it.v.Elem()
	}
	n := uint64(0)
	switch {
	case !it.v.IsValid():
		return 0, fmt.Errorf("cannot index slice/array with nil")
	case it.v.CanInt():
		n = uint64(it.v.Int())
	case it.v.CanUint():
		n = it.v.Uint()
	default:
		return 0, fmt.Errorf("cannot index slice/array with type %s", it.typeName())
	}
	if n > uint64(last) {
		return 0, fmt.Errorf("index out of range: %d", int64(n))
	}
	return int(n), nil
}

// templateSlice is the function slice of templates.
func (vm *Program) templateSlice(_ string, in reflect.Value, indexes ...reflect.Value) (reflect.Value, error) {
	it := vm.templated(in)
	if !it.v.IsValid() || it.v.Kind() == reflect.Interface && it.v.IsNil() {
		return it.v, calling("slice", fmt.Errorf("slice of untyped nil"))
	}
	it, isNil := vm.indirect(it)
	if isNil {
		return it.v, calling("slice", fmt.Errorf("slice of nil pointer"))
	}
	end := 0
	switch it.v.Kind() {
	case reflect.String:
		end = it.v.Len()
		if len(indexes) == 3 {
			return it.v, calling("slice", fmt.Errorf("cannot 3-index slice a string"))
		}
	case reflect.Array, reflect.Slice:
		end = it.v.Cap()
	default:
		return it.v, calling("slice", fmt.Errorf("can't slice item of type %s", it.typeName()))
	}
	at := []int{0, it.v.Len(), end}
	if len(indexes) > 3 {
		return it.v, calling("slice", fmt.Errorf("too many slice indexes: %d", len(indexes)))
	}
	for i, index := range indexes {
		n, err := vm.place(index, end)
		if err != nil {
			return it.v, calling("slice", err)
		}
		at[i] = n
	}
	for i := range max(len(indexes)-1, 1) {
		if at[i] > at[i+1] {
			return it.v, calling("slice", fmt.Errorf("invalid slice index: %d > %d", at[i], at[i+1]))
		}
	}
	if it.v.Kind() == reflect.String {
		return templated{t: it.t, v: it.v.Slice(at[0], at[1])}.flow(), nil
	}
	part := it.v
	if len(indexes) == 3 {
		part = part.Slice3(at[0], at[1], at[2])
	} else {
		part = part.Slice(at[0], at[1])
	}
	t := it.t
	if it.v.Kind() == reflect.Array && t != nil {
		t = vm.typeOf(types.NewSlice(it.parts()))
	}
	return templated{t: t, v: part}.flow(), nil
}

// templateLen is the function len of templates.
func (vm *Program) templateLen(_ string, in reflect.Value) (int, error) {
	it, isNil := vm.indirect(vm.templated(in))
	if isNil {
		return 0, calling("len", fmt.Errorf("len of nil pointer"))
	}
	switch it.v.Kind() {
	case reflect.Array, reflect.Chan, reflect.Map, reflect.Slice, reflect.String:
		return it.v.Len(), nil
	}
	return 0, calling("len", fmt.Errorf("len of type %s", it.typeName()))
}

// ranged is what a range goes through, with what it finds as values of its own. two: it has two variables.
func (vm *Program) ranged(in reflect.Value, two bool) (reflect.Value, error) {
	it, isNil := vm.indirect(vm.templated(in))
	v := it.v
	if !v.IsValid() {
		return v, nil
	}
	switch kind := v.Kind(); {
	case isNil:
	case isWhole(kind) && two:
		return v, failure("can't use %v to iterate over more than one variable", it.printable())
	case isWhole(kind):
		return vm.rangedInt(it), nil
	case kind == reflect.Slice || kind == reflect.Array:
		if vm.isPlain(it.parts(), v.Type().Elem()) {
			return v, nil
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = vm.element(it.parts(), v.Index(i))
		}
		return reflect.ValueOf(list), nil
	case kind == reflect.Map:
		if vm.isPlain(it.parts(), v.Type().Elem()) && vm.keyType(it) == nil && v.Type().Key().Kind() != reflect.Interface {
			return value.Snapshot(v), nil
		}
		return vm.rangedMap(it, two), nil
	case kind == reflect.Chan && v.Type().ChanDir() == reflect.SendDir && !v.IsNil():
		return v, failure("range over send-only channel %v", it.printable())
	case kind == reflect.Chan:
		if vm.isPlain(it.parts(), v.Type().Elem()) || v.IsNil() {
			return v, nil
		}
		return numbered(two, func(yield func(any) bool) {
			for e, ok := v.Recv(); ok && yield(vm.element(it.parts(), e)); e, ok = v.Recv() {
			}
		}), nil
	case kind == reflect.Func && v.Type().CanSeq() && two:
		return v, failure("can't use %v iterate over more than one variable", it.printable())
	case kind == reflect.Func && (v.Type().CanSeq() || v.Type().CanSeq2()):
		return vm.rangedFunc(it), nil
	}
	return v, failure("range can't iterate over %v", it.printable())
}

func (vm *Program) rangedOne(v reflect.Value) (reflect.Value, error) { return vm.ranged(v, false) }

func (vm *Program) rangedTwo(v reflect.Value) (reflect.Value, error) { return vm.ranged(v, true) }

func (vm *Program) rangedInt(it templated) reflect.Value {
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
func (vm *Program) isPlain(t types.Type, rt reflect.Type) bool {
	return rt.Kind() != reflect.Interface && (t == nil || !vm.typeOf(t).scripted)
}

// element is what a range finds, as an interface that the template looks into.
func (vm *Program) element(t types.Type, v reflect.Value) any {
	return interfaceOf(vm.typed(t, v).flow())
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
func (vm *Program) rangedMap(it templated, two bool) reflect.Value {
	m := value.Snapshot(it.v)
	keys := m.MapKeys()
	slices.SortStableFunc(keys, compareKeys)
	if !two {
		list := make([]any, len(keys))
		for i, k := range keys {
			list[i] = vm.element(it.parts(), m.MapIndex(k))
		}
		return reflect.ValueOf(list)
	}
	var kt types.Type
	if it.t != nil {
		kt = it.t.typ.Underlying().(*types.Map).Key()
	}
	return reflect.ValueOf(iter.Seq2[any, any](func(yield func(any, any) bool) {
		for _, k := range keys {
			if !yield(vm.element(kt, k), vm.element(it.parts(), m.MapIndex(k))) {
				return
			}
		}
	}))
}

// rangedFunc goes through what an iterator yields.
func (vm *Program) rangedFunc(it templated) reflect.Value {
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
				if !b.off(func() bool { return yield(vm.element(kind(0), e)) }) {
					break
				}
			}
			b.goOn()
		}))
	}
	return reflect.ValueOf(iter.Seq2[any, any](func(yield func(any, any) bool) {
		var b broken
		for k, e := range it.v.Seq2() {
			if !b.off(func() bool { return yield(vm.element(kind(0), k), vm.element(kind(1), e)) }) {
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
