package lower

import (
	"cmp"
	"reflect"
	"slices"
	"sort"
	"strings"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// ordered compiles the functions of package slices that order or search, for numbers and strings: the
// instance that is compiled into the host does it. nil: it is none of them.
func (c *compiler) ordered(name string, fn *ssa.Function, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	if len(fn.TypeArgs()) != 2 {
		return nil
	}
	compile := orderedOf[c.Laid(fn.TypeArgs()[1]).Kind()]
	if compile == nil {
		return nil
	}
	return compile(name, arg, dst)
}

var orderedOf = map[reflect.Kind]func(name string, arg func(int) machine.Ref, dst machine.Ref) machine.Op{
	reflect.Int: orderedFor[int], reflect.Int8: orderedFor[int8], reflect.Int16: orderedFor[int16], reflect.Int32: orderedFor[int32],
	reflect.Int64: orderedFor[int64], reflect.Uint: orderedFor[uint], reflect.Uint8: orderedFor[uint8], reflect.Uint16: orderedFor[uint16],
	reflect.Uint32: orderedFor[uint32], reflect.Uint64: orderedFor[uint64], reflect.Uintptr: orderedFor[uintptr],
	reflect.Float32: orderedFor[float32], reflect.Float64: orderedFor[float64], reflect.String: orderedFor[string],
}

func orderedFor[T cmp.Ordered](name string, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	if !strings.HasPrefix(name, "slices.") {
		return nil
	}
	a := arg(0)
	list := func(fr *machine.Frame) []T { return *(*[]T)(a.At(fr)) }
	switch name {
	case "slices.Sort":
		return func(fr *machine.Frame) { slices.Sort(list(fr)) }
	case "slices.IsSorted":
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = slices.IsSorted(list(fr)) }
	case "slices.Reverse":
		return func(fr *machine.Frame) { slices.Reverse(list(fr)) }
	case "slices.Min":
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = slices.Min(list(fr)) }
	case "slices.Max":
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = slices.Max(list(fr)) }
	case "slices.Contains":
		b := arg(1)
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = slices.Contains(list(fr), *(*T)(b.At(fr))) }
	case "slices.Index":
		b := arg(1)
		return func(fr *machine.Frame) { *(*int)(dst.At(fr)) = slices.Index(list(fr), *(*T)(b.At(fr))) }
	}
	return nil
}

// sortedBy compiles the functions of package sort, and of slices, that call a function of the script's over
// and over: as the script itself calls it.
func (c *compiler) sortedBy(name string, fn *ssa.Function, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	switch name {
	case "sort.Slice", "sort.SliceStable":
		x, less := arg(0), arg(1)
		do := sort.Slice
		if name == "sort.SliceStable" {
			do = sort.SliceStable
		}
		return func(fr *machine.Frame) {
			_, bare := boxed.Of(*(*any)(x.At(fr)))
			fr.G.Native()
			do(bare, lessOf(fr, less.At(fr)))
		}
	case "sort.Search":
		n, f := arg(0), arg(1)
		return func(fr *machine.Frame) {
			fr.G.Native()
			*(*int)(dst.At(fr)) = sort.Search(*(*int)(n.At(fr)), holdsOf(fr, f.At(fr)))
		}
	case "slices.SortFunc", "slices.SortStableFunc":
		if by := sortFuncOf(c.Laid(fn.TypeArgs()[1])); by != nil {
			list, compare := arg(0), arg(1)
			return func(fr *machine.Frame) { by(fr, list.At(fr), compare.At(fr), name == "slices.SortStableFunc") }
		}
	}
	return nil
}

// scriptFunc is the function of the script's that a variable of a function type holds; nil: it is native, or nil.
func scriptFunc(p unsafe.Pointer) *machine.Closure {
	if word := value.Pointer(p); word != nil {
		return machine.ClosureOf(word)
	}
	return nil
}

func lessOf(fr *machine.Frame, p unsafe.Pointer) func(i, j int) bool {
	cl := scriptFunc(p)
	if cl == nil {
		return *(*func(i, j int) bool)(p)
	}
	params := cl.Code.Params
	return func(i, j int) (less bool) {
		fr.Again(cl, func(callee *machine.Frame) {
			*in[int](callee, params[0].Off), *in[int](callee, params[1].Off) = i, j
		}, func(p unsafe.Pointer) { less = *(*bool)(p) })
		return less
	}
}

func holdsOf(fr *machine.Frame, p unsafe.Pointer) func(i int) bool {
	cl := scriptFunc(p)
	if cl == nil {
		return *(*func(i int) bool)(p)
	}
	return func(i int) (holds bool) {
		fr.Again(cl, func(callee *machine.Frame) { *in[int](callee, cl.Code.Params[0].Off) = i }, func(p unsafe.Pointer) { holds = *(*bool)(p) })
		return holds
	}
}

// sortFuncOf sorts slices of elements of type rt by a function; nil: its source is run.
func sortFuncOf(rt reflect.Type) func(fr *machine.Frame, list, compare unsafe.Pointer, stable bool) {
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

func sortByFunc[T any](fr *machine.Frame, list, compare unsafe.Pointer, stable bool) {
	f := *(*func(a, b T) int)(compare)
	if cl := scriptFunc(compare); cl != nil {
		params := cl.Code.Params
		f = func(a, b T) (n int) {
			fr.Again(cl, func(callee *machine.Frame) {
				*in[T](callee, params[0].Off), *in[T](callee, params[1].Off) = a, b
			}, func(p unsafe.Pointer) { n = *(*int)(p) })
			return n
		}
	}
	fr.G.Native()
	if stable {
		slices.SortStableFunc(*(*[]T)(list), f)
	} else {
		slices.SortFunc(*(*[]T)(list), f)
	}
}
