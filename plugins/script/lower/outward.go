package lower

import (
	"encoding/json"
	"go/types"
	"reflect"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// A view is what a function that looks into values by reflection is shown of a script's.
type view int

const (
	asIs   view = iota // it does not look
	shown              // fmt: the box prints itself
	logged             // log/slog: the same, or what its LogValue says
	bare               // the value itself
	encode             // its mirror
	deep               // the value itself, and what it holds as well
	decode             // a pointer to it, to be filled
)

// viewOf says what a native function is shown.
func viewOf(path, name string) view {
	switch {
	case path == "fmt" && strings.Contains(name, "can") || path == "encoding/binary" && name != "Write" && name != "Append":
		return decode
	case path == "fmt" || path == "log":
		return shown
	case path == "log/slog":
		return logged
	case path == "sort":
		return bare
	case strings.HasPrefix(path, "encoding/"):
		if strings.HasPrefix(name, "Unmarshal") || strings.HasPrefix(name, "Decode") {
			return decode
		}
		return encode
	case path == "text/template" || path == "html/template":
		if strings.HasSuffix(name, "Escaper") {
			return shown
		}
		return deep
	}
	return asIs
}

// outward makes of an argument what the function should see.
func (vm *Program) outward(v reflect.Value, how view) reflect.Value {
	switch {
	case v.Kind() == reflect.Interface && v.NumMethod() == 0:
		if t, inside := unboxed(v.Interface()); t != nil {
			out := vm.view(v.Interface(), t, inside, how)
			return reflect.ValueOf(&out).Elem()
		}
	case v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[any]():
		var copied []any
		list := v.Interface().([]any)
		for i, a := range list {
			if t, inside := unboxed(a); t != nil {
				if copied == nil {
					copied = append(copied, list...)
				}
				copied[i] = vm.view(a, t, inside, how)
			}
		}
		if copied != nil {
			return reflect.ValueOf(copied)
		}
	}
	return v
}

func (vm *Program) view(boxed any, t *Type, inside any, how view) any {
	switch how {
	case logged:
		if vm.hasAny(t.typ, false, []string{"LogValue"}) {
			return logBox{box{t, inside}}
		}
		return vm.view(boxed, t, inside, shown)
	case shown:
		if _, basic := t.typ.Underlying().(*types.Basic); basic && !vm.hasAny(t.typ, false, telling) {
			return inside
		}
		return boxed
	case bare:
		return inside
	case decode:
		return t.vm.decoding(t, inside)
	}
	p := reflect.New(t.rt)
	p.Elem().Set(reflect.ValueOf(inside))
	m := t.vm.mirror(t.typ, p.UnsafePointer(), false)
	return m.Interface()
}

// typeVerbs rewrites a format and its arguments so that %T names script types.
func typeVerbs(format string, args []any) (string, []any) {
	if !strings.Contains(format, "T") {
		return format, args
	}
	var b strings.Builder
	var copied []any
	next := 0
	for i := 0; i < len(format); i++ {
		b.WriteByte(format[i])
		if format[i] != '%' {
			continue
		}
		j := i + 1
		for j < len(format) && strings.IndexByte("+-# 0123456789.", format[j]) >= 0 {
			j++
		}
		if j >= len(format) || format[j] == '*' || format[j] == '[' {
			return format, args // arguments out of order: left to fmt
		}
		if format[j] == '%' {
			b.WriteString(format[i+1 : j+1])
			i = j
			continue
		}
		if format[j] == 'T' && next < len(args) {
			if t, _ := unboxed(args[next]); t != nil {
				if copied == nil {
					copied = append(copied, args...)
				}
				copied[next] = t.name()
				b.WriteString(format[i+1:j] + "s")
				i = j
				next++
				continue
			}
		}
		next++
		b.WriteString(format[i+1 : j+1])
		i = j
	}
	if copied == nil {
		return format, args
	}
	return b.String(), copied
}

// formats are the functions of fmt, log and errors that take a format, with the place of it.
func formatArg(obj types.Object) int {
	if obj == nil || obj.Pkg() == nil || obj.Pkg().Path() != "fmt" && obj.Pkg().Path() != "log" {
		return -1
	}
	switch obj.Name() {
	case "Printf", "Sprintf", "Errorf", "Panicf":
		if sig, ok := obj.Type().(*types.Signature); ok && sig.Recv() != nil {
			return 1
		}
		return 0
	case "Fprintf", "Appendf":
		return 1
	}
	return -1
}

// decoding is the pointer that a decoder fills, given a box of one.
func (vm *Program) decoding(t *Type, inside any) any {
	ptr, ok := t.typ.Underlying().(*types.Pointer)
	if !ok {
		return inside
	}
	if why := vm.undecodable(ptr.Elem(), false); why != "" {
		panic(runtimeError(noDecoding.refusal(shortName(ptr.Elem()), why).msg))
	}
	if vm.hasAny(t.typ, false, filling) {
		return &decodeBox{box{t, inside}}
	}
	return inside
}

// filling are the methods that decoders look for.
var filling = []string{"UnmarshalJSON", "UnmarshalText", "UnmarshalXML", "UnmarshalBinary", "GobDecode", "Scan"}

// undecodable says why a decoder would not fill a value of type t as it would in a compiled program;
// "" if it would.
func (vm *Program) undecodable(t types.Type, isJSON bool) string {
	if _, ok := vm.target(t, nil); ok && isJSON {
		return ""
	}
	if vm.hasAny(t, true, filling) {
		return ""
	}
	return vm.unfillable(t, map[types.Type]bool{})
}

func (vm *Program) unfillable(t types.Type, seen map[types.Type]bool) string {
	if !vm.typeOf(t).scripted || seen[t] {
		return ""
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return vm.partOf(u.Elem(), seen)
	case *types.Slice:
		return vm.partOf(u.Elem(), seen)
	case *types.Array:
		return vm.partOf(u.Elem(), seen)
	case *types.Map:
		if why := vm.partOf(u.Key(), seen); why != "" {
			return why
		}
		return vm.partOf(u.Elem(), seen)
	case *types.Struct:
		for f := range u.Fields() {
			if f.Exported() || f.Embedded() {
				if why := vm.partOf(f.Type(), seen); why != "" {
					return why
				}
			}
		}
	case *types.Interface:
		if u.NumMethods() > 0 {
			return "it holds the interface " + t.String()
		}
	}
	return ""
}

func (vm *Program) partOf(t types.Type, seen map[types.Type]bool) string {
	if vm.hasAny(t, true, filling) || vm.hasAny(t, false, filling) {
		return "the method of " + t.String() + " inside it would not be called"
	}
	return vm.unfillable(t, seen)
}

// refuseDecoding refuses at load what decoding would refuse when it runs.
func (c *compiler) refuseDecoding(v ssa.Value, isJSON bool) {
	mi, ok := v.(*ssa.MakeInterface)
	if !ok {
		return
	}
	if ptr, ok := mi.X.Type().Underlying().(*types.Pointer); ok {
		if why := c.undecodable(ptr.Elem(), isJSON); why != "" {
			c.refuse(&noDecoding, shortName(ptr.Elem()), why)
		}
	}
}

// decodeBox is a pointer to a script's value that decodes itself.
type decodeBox struct{ box }

// UnmarshalJSON is the script's method, or that for text.
func (b decodeBox) UnmarshalJSON(data []byte) error {
	if out, ok := b.callMethod("UnmarshalJSON", reflect.ValueOf(data)); ok {
		return lastError(out)
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return err
	}
	return b.UnmarshalText([]byte(s))
}

// UnmarshalText is the script's method.
func (b decodeBox) UnmarshalText(text []byte) error {
	out, _ := b.callMethod("UnmarshalText", reflect.ValueOf(text))
	return lastError(out)
}

func lastError(out []reflect.Value) error {
	if len(out) == 0 {
		return nil
	}
	err, _ := out[len(out)-1].Interface().(error)
	return err
}
