package lower

import (
	"cmp"
	"reflect"
	"slices"
	"sort"
	"strings"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/value"
)

// ordered compiles the functions of package slices that order or search, for numbers and strings: the
// instance that is compiled into the host does it. nil: it is none of them.
func (c *compiler) ordered(name string, fn *ssa.Function, arg func(int) ref, dst ref) op {
	if len(fn.TypeArgs()) != 2 {
		return nil
	}
	compile := orderedOf[c.rtype(fn.TypeArgs()[1]).Kind()]
	if compile == nil {
		return nil
	}
	return compile(name, arg, dst)
}

var orderedOf = map[reflect.Kind]func(name string, arg func(int) ref, dst ref) op{
	reflect.Int: orderedFor[int], reflect.Int8: orderedFor[int8], reflect.Int16: orderedFor[int16], reflect.Int32: orderedFor[int32],
	reflect.Int64: orderedFor[int64], reflect.Uint: orderedFor[uint], reflect.Uint8: orderedFor[uint8], reflect.Uint16: orderedFor[uint16],
	reflect.Uint32: orderedFor[uint32], reflect.Uint64: orderedFor[uint64], reflect.Uintptr: orderedFor[uintptr],
	reflect.Float32: orderedFor[float32], reflect.Float64: orderedFor[float64], reflect.String: orderedFor[string],
}

func orderedFor[T cmp.Ordered](name string, arg func(int) ref, dst ref) op {
	if !strings.HasPrefix(name, "slices.") {
		return nil
	}
	a := arg(0)
	list := func(fr *frame) []T { return *(*[]T)(a.at(fr)) }
	switch name {
	case "slices.Sort":
		return func(fr *frame) { slices.Sort(list(fr)) }
	case "slices.IsSorted":
		return func(fr *frame) { *(*bool)(dst.at(fr)) = slices.IsSorted(list(fr)) }
	case "slices.Reverse":
		return func(fr *frame) { slices.Reverse(list(fr)) }
	case "slices.Min":
		return func(fr *frame) { *(*T)(dst.at(fr)) = slices.Min(list(fr)) }
	case "slices.Max":
		return func(fr *frame) { *(*T)(dst.at(fr)) = slices.Max(list(fr)) }
	case "slices.Contains":
		b := arg(1)
		return func(fr *frame) { *(*bool)(dst.at(fr)) = slices.Contains(list(fr), *(*T)(b.at(fr))) }
	case "slices.Index":
		b := arg(1)
		return func(fr *frame) { *(*int)(dst.at(fr)) = slices.Index(list(fr), *(*T)(b.at(fr))) }
	}
	return nil
}

// sortedBy compiles the functions of package sort, and of slices, that call a function of the script's over
// and over: as the script itself calls it.
func (c *compiler) sortedBy(name string, fn *ssa.Function, arg func(int) ref, dst ref) op {
	switch name {
	case "sort.Slice", "sort.SliceStable":
		x, less := arg(0), arg(1)
		do := sort.Slice
		if name == "sort.SliceStable" {
			do = sort.SliceStable
		}
		return func(fr *frame) {
			_, bare := unboxed(*(*any)(x.at(fr)))
			fr.g.native()
			do(bare, lessOf(fr, less.at(fr)))
		}
	case "sort.Search":
		n, f := arg(0), arg(1)
		return func(fr *frame) {
			fr.g.native()
			*(*int)(dst.at(fr)) = sort.Search(*(*int)(n.at(fr)), holdsOf(fr, f.at(fr)))
		}
	case "slices.SortFunc", "slices.SortStableFunc":
		if by := sortFuncOf(c.rtype(fn.TypeArgs()[1])); by != nil {
			list, compare := arg(0), arg(1)
			return func(fr *frame) { by(fr, list.at(fr), compare.at(fr), name == "slices.SortStableFunc") }
		}
	}
	return nil
}

// again calls a function of the script's with the arguments that set stores; result is where the result is.
func (fr *frame) again(cl *closure, set func(callee *frame), result func(p unsafe.Pointer)) {
	callee := cl.code.enter(fr.g, fr)
	callee.bind(cl.env)
	set(callee)
	callee.run()
	fr.g.top = fr
	result(callee.at(cl.code.results[0].off))
	callee.leave()
}

// scriptFunc is the function of the script's that a variable of a function type holds; nil: it is native, or nil.
func scriptFunc(p unsafe.Pointer) *closure {
	if word := value.Pointer(p); word != nil {
		return closureOf(word)
	}
	return nil
}

func lessOf(fr *frame, p unsafe.Pointer) func(i, j int) bool {
	cl := scriptFunc(p)
	if cl == nil {
		return *(*func(i, j int) bool)(p)
	}
	params := cl.code.params
	return func(i, j int) (less bool) {
		fr.again(cl, func(callee *frame) {
			*in[int](callee, params[0].off), *in[int](callee, params[1].off) = i, j
		}, func(p unsafe.Pointer) { less = *(*bool)(p) })
		return less
	}
}

func holdsOf(fr *frame, p unsafe.Pointer) func(i int) bool {
	cl := scriptFunc(p)
	if cl == nil {
		return *(*func(i int) bool)(p)
	}
	return func(i int) (holds bool) {
		fr.again(cl, func(callee *frame) { *in[int](callee, cl.code.params[0].off) = i }, func(p unsafe.Pointer) { holds = *(*bool)(p) })
		return holds
	}
}

// sortFuncOf sorts slices of elements of type rt by a function; nil: its source is run.
func sortFuncOf(rt reflect.Type) func(fr *frame, list, compare unsafe.Pointer, stable bool) {
	switch rt.Kind() {
	case reflect.Int, reflect.Uint, reflect.Int64, reflect.Uint64, reflect.Float64:
		if rt.Size() == 8 {
			return sortByFunc[uint64]
		}
	case reflect.Pointer:
		return sortByFunc[unsafe.Pointer]
	case reflect.String:
		return sortByFunc[string]
	}
	return nil
}

func sortByFunc[T any](fr *frame, list, compare unsafe.Pointer, stable bool) {
	f := *(*func(a, b T) int)(compare)
	if cl := scriptFunc(compare); cl != nil {
		params := cl.code.params
		f = func(a, b T) (n int) {
			fr.again(cl, func(callee *frame) {
				*in[T](callee, params[0].off), *in[T](callee, params[1].off) = a, b
			}, func(p unsafe.Pointer) { n = *(*int)(p) })
			return n
		}
	}
	fr.g.native()
	if stable {
		slices.SortStableFunc(*(*[]T)(list), f)
	} else {
		slices.SortFunc(*(*[]T)(list), f)
	}
}
