package lower

import (
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/library"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/memory"
	"wshd/plugins/script/std"
	"wshd/plugins/script/value"
)

// quickNative calls functions of the packages that work on strings and numbers as compiled code does, where
// their parameters are such and what they return is bounded by them. nil: it is called by reflection.
func (c *compiler) quickNative(name string, fn *ssa.Function, arg func(int) machine.Ref, dst machine.Ref, second func() uintptr) machine.Op {
	if f := builderMethod(name, arg, dst, second); f != nil {
		return f
	}
	if fn.Signature.Recv() != nil || fn.Object() == nil || !slices.Contains(plainPackages, fn.Object().Pkg().Path()) || slices.Contains(growing, name) {
		return nil
	}
	v, ok := std.Symbols(fn.Object().Pkg().Path())[fn.Name()]
	if !ok || v.Kind() != reflect.Func {
		return nil
	}
	if library.Asks(name) != nil && fn.Signature.Results().Len() == 1 {
		return quickBounded(name, v, arg, dst)
	}
	if f, ok := v.Interface().(func(string) (int, error)); ok {
		x, off := arg(0), second()
		return func(fr *machine.Frame) {
			fr.G.Native()
			n, err := f(*(*string)(x.At(fr)))
			p := dst.At(fr)
			*(*int)(p), *(*error)(unsafe.Add(p, off)) = n, err
		}
	}
	return applied(v.Interface(), arg, dst)
}

// applied calls functions of one result; nil: it is not one of these.
func applied(f any, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	switch f := f.(type) {
	case func(string) string:
		return apply1(f, arg, dst)
	case func(string) int:
		return apply1(f, arg, dst)
	case func(string) []string:
		return apply1(f, arg, dst)
	case func(int) string:
		return apply1(f, arg, dst)
	case func(rune) bool:
		return apply1(f, arg, dst)
	case func(rune) rune:
		return apply1(f, arg, dst)
	case func(float64) float64:
		return apply1(f, arg, dst)
	case func(string, string) bool:
		return apply2(f, arg, dst)
	case func(string, string) int:
		return apply2(f, arg, dst)
	case func(string, string) string:
		return apply2(f, arg, dst)
	case func(string, string) []string:
		return apply2(f, arg, dst)
	case func(string, rune) bool:
		return apply2(f, arg, dst)
	case func(string, rune) int:
		return apply2(f, arg, dst)
	case func(string, byte) int:
		return apply2(f, arg, dst)
	case func(float64, float64) float64:
		return apply2(f, arg, dst)
	}
	return nil
}

var plainPackages = []string{"strings", "strconv", "unicode", "unicode/utf8", "math"}

// quickBounded calls those that take a text apart, unless it is so long that the pieces may be more than there
// is memory for. nil: they are called by reflection.
func quickBounded(name string, v reflect.Value, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	const long = memory.Much / 32
	mind := func(args ...string) {
		if len(args[0]) < long {
			return
		}
		list := make([]reflect.Value, len(args))
		for i, a := range args {
			list[i] = reflect.ValueOf(a)
		}
		if memory.TooMuch(library.Asks(name)(list)) {
			panic(library.OutOfMemory(name))
		}
	}
	switch f := v.Interface().(type) {
	case func(string) []string:
		return apply1(func(s string) []string { mind(s); return f(s) }, arg, dst)
	case func(string, string) []string:
		return apply2(func(s, sep string) []string { mind(s, sep); return f(s, sep) }, arg, dst)
	}
	return nil
}

// growing are those whose results may be much more than they are given.
var growing = []string{"strings.Repeat", "strings.Replace", "strings.ReplaceAll", "strings.Join", "strings.Map"}

func apply1[A, R any](f func(A) R, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	a := arg(0)
	return func(fr *machine.Frame) {
		fr.G.Native()
		*(*R)(dst.At(fr)) = f(*(*A)(a.At(fr)))
	}
}

func apply2[A, B, R any](f func(A, B) R, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	a, b := arg(0), arg(1)
	return func(fr *machine.Frame) {
		fr.G.Native()
		*(*R)(dst.At(fr)) = f(*(*A)(a.At(fr)), *(*B)(b.At(fr)))
	}
}

// mindGrowth panics if there is no memory for so many bytes more.
func mindGrowth(b *strings.Builder, more int) {
	if b.Cap()+more > memory.Much && memory.TooMuch(library.Grown(b, more), 1) {
		panic(library.OutOfMemory("strings.Builder"))
	}
}

// builderMethod compiles the methods of a strings.Builder that are called again and again.
func builderMethod(name string, arg func(int) machine.Ref, dst machine.Ref, second func() uintptr) machine.Op {
	method, ok := strings.CutPrefix(name, "(*strings.Builder).")
	if !ok {
		return nil
	}
	recv := arg(0)
	b := func(fr *machine.Frame) *strings.Builder {
		fr.G.Native()
		return (*strings.Builder)(value.Deref(recv.At(fr)))
	}
	switch method {
	case "WriteString":
		s, off := arg(1), second()
		return func(fr *machine.Frame) {
			b, s := b(fr), *(*string)(s.At(fr))
			mindGrowth(b, len(s))
			n, err := b.WriteString(s)
			p := dst.At(fr)
			*(*int)(p), *(*error)(unsafe.Add(p, off)) = n, err
		}
	case "WriteByte":
		x := arg(1)
		return func(fr *machine.Frame) {
			b := b(fr)
			mindGrowth(b, 1)
			*(*error)(dst.At(fr)) = b.WriteByte(*(*byte)(x.At(fr)))
		}
	case "WriteRune":
		x, off := arg(1), second()
		return func(fr *machine.Frame) {
			b := b(fr)
			mindGrowth(b, utf8.UTFMax)
			n, err := b.WriteRune(*(*rune)(x.At(fr)))
			p := dst.At(fr)
			*(*int)(p), *(*error)(unsafe.Add(p, off)) = n, err
		}
	case "String":
		return func(fr *machine.Frame) { *(*string)(dst.At(fr)) = b(fr).String() }
	case "Len":
		return func(fr *machine.Frame) { *(*int)(dst.At(fr)) = b(fr).Len() }
	}
	return nil
}
