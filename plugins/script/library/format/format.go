// Package format has package fmt, log and log/slog show a script's values as those of a compiled program: with the
// names of their types and by their methods.
//
// format.go prints a value, formatmap.go a map, formatnative.go what is the host's; typeverbs.go is about verbs that ask
// for no method, spaces.go about what fmt.Print puts between values, shown.go about what is shown at all.
package format

import (
	"fmt"
	"go/types"
	"io"
	"reflect"
	"strings"
	"sync"
	"unsafe"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/std"
	"wshd/plugins/script/value"
)

// Box prints a script's value as fmt prints one of a compiled program: with the names of its types
// and with its methods.
func Box(b boxed.Value, s fmt.State, verb rune) {
	p := reflect.New(b.Type.Laid)
	p.Elem().Set(reflect.ValueOf(b.Bare))
	f := printer{types: b.Type.In, w: s, verb: verb, format: fmt.FormatString(s, verb), plus: s.Flag('+'), sharp: s.Flag('#')}
	f.state = s
	f.value(b.Type.Go, p.UnsafePointer(), 0, false)
}

type printer struct {
	types       *boxed.Types
	w           io.Writer
	state       fmt.State
	verb        rune
	format      string
	plus, sharp bool
	in          value.Path
}

func (f *printer) text(s string) { _, _ = io.WriteString(f.w, s) }

func (f *printer) name(t types.Type) string { return value.TypeText(t) }

// leaf prints a value that fmt prints rightly by itself.
func (f *printer) leaf(v reflect.Value, hidden bool) {
	if !hidden {
		v, _ = (&boxed.Copier{}).Copied(v, boxed.InList)
		fmt.Fprintf(f.w, f.format, v.Interface())
		return
	}
	// fmt calls no methods of what it finds in a field that is not exported.
	st := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "x", PkgPath: "main", Type: v.Type()}})).Elem()
	reflect.NewAt(v.Type(), st.Addr().UnsafePointer()).Elem().Set(v)
	before := "{"
	if f.sharp && f.verb == 'v' {
		before = "}{x:" // after the struct's type
	}
	_, out, _ := strings.Cut(strings.TrimSuffix(fmt.Sprintf(strings.Replace(f.format, "+", "", 1), st.Interface()), "}"), before)
	f.text(out)
}

// value prints what lies at p. hidden: it was reached through a field that is not exported.
func (f *printer) value(t types.Type, p unsafe.Pointer, depth int, hidden bool) {
	d := f.types.TypeOf(t)
	v := value.At(d.Laid, p)
	if d.Scripted && !types.IsInterface(t) && !hidden && f.methods(d, v) {
		return
	}
	if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != nil && !f.types.Own[named.Obj().Pkg()] && !types.IsInterface(t) {
		f.leaf(v, hidden)
		return
	}
	if !d.Scripted && !hidden && v.Kind() == reflect.Pointer && f.prints(v.Type()) {
		f.leaf(v, false)
		return
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		f.structure(t, u, d.Laid, p, depth, hidden)
	case *types.Map:
		f.mapping(t, u, v, depth, hidden)
	case *types.Slice:
		if f.sharp && f.verb == 'v' && v.IsNil() {
			f.text(f.name(t) + "(nil)")
			return
		}
		f.list(t, u.Elem(), v, depth, hidden)
	case *types.Array:
		f.list(t, u.Elem(), v, depth, hidden)
	case *types.Pointer:
		f.pointer(t, u, v, depth, hidden)
	case *types.Interface:
		f.iface(t, d.Laid, p, depth, hidden)
	default:
		if f.sharp && f.verb == 'v' && (d.Laid.Kind() == reflect.Func || d.Laid.Kind() == reflect.Chan) {
			f.word(t, v)
			return
		}
		f.named(t, v, hidden)
	}
}

// named prints a value of a type that fmt knows without its name, which it tells if the verb is not for it.
func (f *printer) named(t types.Type, v reflect.Value, hidden bool) {
	to := f.w
	var text strings.Builder
	f.w = &text
	f.leaf(v, hidden)
	f.w = to
	unfit := "%!" + string(f.verb) + "("
	if rest, ok := strings.CutPrefix(text.String(), unfit+v.Type().String()+"="); ok {
		f.text(unfit + f.name(t) + "=" + rest)
		return
	}
	f.text(text.String())
}

func (f *printer) structure(t types.Type, u *types.Struct, rt reflect.Type, p unsafe.Pointer, depth int, hidden bool) {
	if f.sharp && f.verb == 'v' {
		f.text(f.name(t))
	}
	f.text("{")
	for i := range u.NumFields() {
		field := u.Field(i)
		if i > 0 {
			f.text(f.separator())
		}
		if f.verb == 'v' && (f.plus || f.sharp) {
			f.text(field.Name() + ":")
		}
		f.value(field.Type(), unsafe.Add(p, rt.Field(i).Offset), depth+1, hidden || !field.Exported())
	}
	f.text("}")
}

func (f *printer) separator() string {
	if f.sharp && f.verb == 'v' {
		return ", "
	}
	return " "
}

func (f *printer) list(t, elem types.Type, v reflect.Value, depth int, hidden bool) {
	if b, ok := elem.Underlying().(*types.Basic); ok && b.Kind() == types.Byte && strings.ContainsRune("sqxX", f.verb) {
		bytes := make([]byte, v.Len())
		reflect.Copy(reflect.ValueOf(bytes), v)
		f.leaf(reflect.ValueOf(bytes), false)
		return
	}
	open, shut := "[", "]"
	if f.sharp && f.verb == 'v' {
		open, shut = f.name(t)+"{", "}"
	}
	if v.Kind() == reflect.Slice && v.Len() > 0 && f.enters(v) {
		defer f.in.Leave()
	}
	f.text(open)
	for i := range v.Len() {
		if i > 0 {
			f.text(f.separator())
		}
		f.value(elem, boxed.Addr(v.Index(i)), depth+1, hidden)
	}
	f.text(shut)
}

// enters notes that v is gone into.
func (f *printer) enters(v reflect.Value) bool {
	if again, _ := f.in.Enter(v); again || len(f.in.List) > value.MostWithin {
		panic(value.ErrWithin)
	}
	return true
}

func (f *printer) pointer(t types.Type, u *types.Pointer, v reflect.Value, depth int, hidden bool) {
	if depth == 0 && !v.IsNil() {
		switch u.Elem().Underlying().(type) {
		case *types.Struct, *types.Array, *types.Slice, *types.Map:
			f.text("&")
			f.value(u.Elem(), v.UnsafePointer(), depth+1, hidden)
			return
		}
	}
	f.word(t, v)
}

// word prints a pointer, a channel or a function.
func (f *printer) word(t types.Type, v reflect.Value) {
	switch {
	case f.verb == 'v' && f.sharp && v.IsNil():
		f.text("(" + f.name(t) + ")(nil)")
	case f.verb == 'v' && f.sharp:
		f.text(fmt.Sprintf("(%s)(%#x)", f.name(t), v.Pointer()))
	case f.verb == 'v' && v.IsNil():
		fmt.Fprintf(f.w, strings.Replace(f.format, "v", "s", 1), "<nil>")
	default:
		f.named(t, reflect.ValueOf(v.UnsafePointer()), false)
	}
}

func (f *printer) iface(t types.Type, rt reflect.Type, p unsafe.Pointer, depth int, hidden bool) {
	a := boxed.AsAny(rt, p)
	if a == nil {
		if f.sharp && f.verb == 'v' {
			f.text(f.name(t) + "(nil)")
		} else {
			f.text("<nil>")
		}
		return
	}
	if d, bare := boxed.Of(a); d != nil {
		cell := reflect.New(d.Laid)
		cell.Elem().Set(reflect.ValueOf(bare))
		f.value(d.Go, cell.UnsafePointer(), depth+1, hidden)
		return
	}
	v := reflect.ValueOf(a)
	if boxed.HoldsMaps(v.Type()) {
		if t := f.types.TypeFor(v.Type()); t != nil {
			f.value(t, boxed.Addr(v), depth+1, hidden)
			return
		}
	}
	if v.Kind() == reflect.Pointer && !hidden && !f.prints(v.Type()) {
		f.nativeWord(v)
		return
	}
	f.leaf(v, hidden)
}

// methods prints a value by one of its methods, if it has one that fmt would call.
func (f *printer) methods(d *boxed.Type, v reflect.Value) (done bool) {
	b := boxed.Value{Type: d, Bare: v.Interface()}
	name := ""
	defer func() {
		if r := recover(); r != nil {
			if v.Kind() == reflect.Pointer && v.IsNil() {
				f.text("<nil>")
			} else {
				p := (&machine.G{Machine: f.types.Machine}).Caught(r)
				f.text(fmt.Sprintf("%%!%c(PANIC=%s method: %v)", f.verb, name, p.Value))
			}
			done = true
		}
	}()
	if f.has(d, "Format", formatterType()) {
		name = "Format"
		b.CallMethod(name, reflect.ValueOf(&f.state).Elem(), reflect.ValueOf(f.verb))
		return true
	}
	if f.sharp && f.verb == 'v' {
		if name = "GoString"; f.has(d, name, boxed.StringFuncType) {
			s, _ := b.CallString(name)
			f.text(s)
			return true
		}
		return false
	}
	if !strings.ContainsRune("vsxXq", f.verb) {
		return false
	}
	for _, name = range []string{"Error", "String"} {
		if f.has(d, name, boxed.StringFuncType) {
			s, _ := b.CallString(name)
			fmt.Fprintf(f.w, f.format, s)
			return true
		}
	}
	return false
}

var formatterType = sync.OnceValue(func() *types.Signature {
	return std.Packages()["fmt"].Scope().Lookup("Formatter").Type().Underlying().(*types.Interface).Method(0).Signature()
})

// has reports whether d has a method of that name and type.
func (f *printer) has(d *boxed.Type, name string, sig *types.Signature) bool {
	return d.HasMethod(name, sig)
}
