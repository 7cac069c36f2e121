// Package layout tells how the types of a script lie in memory: it makes reflect's types of the checker's.
// Types of the script have no name there, nor methods; those of Go's library are the host's own. host.go
// finds those, knot.go makes the types that are within themselves.
package layout

import (
	"fmt"
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/types/typeutil"
)

// Layouts are those of the types of one script. Use by one goroutine at a time.
type Layouts struct {
	Own   map[*types.Package]bool       // whose types are the script's
	Known func(types.Type) reflect.Type // one that Of has returned before; nil: none
	laid  typeutil.Map                  // types of the script with a name → reflect.Type
}

// Of is how t lies in memory.
func (l *Layouts) Of(t types.Type) (rt reflect.Type, err error) {
	defer func() {
		if r := recover(); r != nil {
			no, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			err = no
		}
	}()
	w := layouter{Layouts: l}
	rt = w.layout(t)
	w.settle()
	return rt, nil
}

// Error says of a type that it cannot be had.
type Error struct {
	Reason Reason
	Type   types.Type
}

// Reason is why a type cannot be had.
type Reason string

// The reasons. They are the compiler's words if the compiler has some.
const (
	Generic  Reason = "it is compiled into the host for no type of a script"
	TooLarge Reason = "it is too large"
	Element  Reason = "channel element type too large"
	Within   Reason = "it is within itself"
)

func (e *Error) Error() string {
	return types.TypeString(e.Type, (*types.Package).Name) + ": " + string(e.Reason)
}

// layouter lays out one type.
type layouter struct {
	*Layouts
	building []*types.Named // those that are being laid out, each within the one before
	later    []later
	keep     []func() // to be done when all is settled
}

var basics = map[types.BasicKind]reflect.Type{
	types.Bool: reflect.TypeFor[bool](), types.String: reflect.TypeFor[string](),
	types.Int: reflect.TypeFor[int](), types.Int8: reflect.TypeFor[int8](), types.Int16: reflect.TypeFor[int16](),
	types.Int32: reflect.TypeFor[int32](), types.Int64: reflect.TypeFor[int64](),
	types.Uint: reflect.TypeFor[uint](), types.Uint8: reflect.TypeFor[uint8](), types.Uint16: reflect.TypeFor[uint16](),
	types.Uint32: reflect.TypeFor[uint32](), types.Uint64: reflect.TypeFor[uint64](), types.Uintptr: reflect.TypeFor[uintptr](),
	types.Float32: reflect.TypeFor[float32](), types.Float64: reflect.TypeFor[float64](),
	types.Complex64: reflect.TypeFor[complex64](), types.Complex128: reflect.TypeFor[complex128](),
	types.UnsafePointer: reflect.TypeFor[unsafe.Pointer](), types.UntypedNil: reflect.TypeFor[any](),
	types.UntypedBool: reflect.TypeFor[bool](), types.UntypedInt: reflect.TypeFor[int](), types.UntypedRune: reflect.TypeFor[rune](),
	types.UntypedFloat: reflect.TypeFor[float64](), types.UntypedString: reflect.TypeFor[string](), types.UntypedComplex: reflect.TypeFor[complex128](),
	types.Invalid: reflect.TypeFor[struct{}](),
}

func (l *layouter) layout(t types.Type) reflect.Type {
	t = types.Unalias(t)
	if known := l.Known(t); known != nil {
		return known
	}
	if l.needsStandIn(t) {
		return l.standIn(t)
	}
	switch t := t.(type) {
	case *types.Basic:
		return basics[t.Kind()]
	case *types.Named:
		return l.named(t)
	case *types.Pointer:
		return reflect.PointerTo(l.layout(t.Elem()))
	case *types.Slice:
		return reflect.SliceOf(l.layout(t.Elem()))
	case *types.Array:
		el := l.layout(t.Elem())
		if size := int64(el.Size()); size > 0 && t.Len() > largest/size {
			panic(&Error{TooLarge, t})
		}
		return reflect.ArrayOf(int(t.Len()), el)
	case *types.Chan:
		el := l.layout(t.Elem())
		if el.Size() >= 1<<16 {
			panic(&Error{Element, t})
		}
		return reflect.ChanOf(chanDirs[t.Dir()], el)
	case *types.Map:
		return reflect.MapOf(l.layout(t.Key()), l.layout(t.Elem()))
	case *types.Signature:
		return l.signature(t)
	case *types.Struct:
		return l.structure(t)
	case *types.Interface:
		return reflect.TypeFor[any]()
	case *types.Tuple:
		fields := make([]reflect.StructField, t.Len())
		for i := range fields {
			fields[i] = reflect.StructField{Name: fmt.Sprint("F", i), Type: l.layout(t.At(i).Type())}
		}
		return reflect.StructOf(fields)
	}
	return reflect.TypeFor[any]() // go/ssa's iterators
}

// named lays out a type with a name. A script's type has no name in memory: it is laid out as its
// underlying type.
func (l *layouter) named(t *types.Named) reflect.Type {
	obj := t.Obj()
	if obj.Pkg() == nil || obj.Pkg().Path() == "$ssa" {
		switch obj.Name() {
		case "deferStack":
			return reflect.TypeFor[unsafe.Pointer]()
		case "rangeIter":
			return reflect.TypeFor[any]()
		}
	}
	if !l.isOwn(t) {
		if rt := host.find(t); rt != nil {
			return rt
		}
		if _, ok := t.Underlying().(*types.Signature); ok && t.TypeArgs().Len() > 0 {
			return l.layout(t.Underlying()) // iter.Seq
		}
		panic(&Error{Generic, t})
	}
	if rt := l.laid.At(t); rt != nil {
		return rt.(reflect.Type)
	}
	key := l.key(t)
	rt, _ := knotted.Load(key)
	if key == "" || rt == nil {
		l.building = append(l.building, t)
		rt = l.layout(t.Underlying())
		l.building = l.building[:len(l.building)-1]
		if key != "" {
			l.keep = append(l.keep, func() { knotted.LoadOrStore(key, rt) })
		}
	}
	l.laid.Set(t, rt)
	return rt.(reflect.Type)
}

// isOwn reports whether t is a type of the script.
func (l *layouter) isOwn(t *types.Named) bool { return t.Obj().Pkg() != nil && l.Own[t.Obj().Pkg()] }

var chanDirs = []reflect.ChanDir{types.SendRecv: reflect.BothDir, types.SendOnly: reflect.SendDir, types.RecvOnly: reflect.RecvDir}

func (l *layouter) signature(t *types.Signature) reflect.Type {
	var in, out []reflect.Type
	for v := range t.Params().Variables() {
		in = append(in, l.layout(v.Type()))
	}
	for v := range t.Results().Variables() {
		out = append(out, l.layout(v.Type()))
	}
	return reflect.FuncOf(in, out, t.Variadic())
}

// largest is what a type may take at most.
const largest = 256 << 20

// structure lays out a struct. A field that reflect cannot embed becomes a plain one.
func (l *layouter) structure(t *types.Struct) reflect.Type {
	fields := make([]reflect.StructField, t.NumFields())
	for i := range fields {
		f := t.Field(i)
		fields[i] = reflect.StructField{Name: f.Name(), Type: l.layout(f.Type()), Tag: reflect.StructTag(t.Tag(i))}
		switch {
		case f.Embedded() && !f.Exported() && isStruct(fields[i].Type) && !hasMethods(fields[i].Type):
			// Only a name that is exported can be embedded; encoders do not show it.
			fields[i].Name, fields[i].Anonymous = "Embedded_"+f.Name(), true
		case !f.Exported():
			fields[i].PkgPath = "main"
		case f.Embedded() && !hasMethods(fields[i].Type):
			fields[i].Anonymous = true
		}
	}
	return reflect.StructOf(fields)
}

func isStruct(rt reflect.Type) bool {
	return rt.Kind() == reflect.Struct || rt.Kind() == reflect.Pointer && rt.Elem().Kind() == reflect.Struct
}

func hasMethods(rt reflect.Type) bool {
	if rt.Kind() == reflect.Interface || rt.Kind() == reflect.Pointer && rt.Elem().Kind() == reflect.Pointer {
		return true
	}
	return rt.NumMethod() > 0 || rt.Kind() != reflect.Pointer && reflect.PointerTo(rt).NumMethod() > 0
}

// Parts are the types that t is made of.
func Parts(t types.Type) (list []types.Type) {
	switch t := t.(type) {
	case *types.Map:
		list = append(list, t.Key(), t.Elem())
	case interface{ Elem() types.Type }: // a pointer, slice, array or channel
		list = append(list, t.Elem())
	case *types.Signature:
		list = append(Parts(t.Params()), Parts(t.Results())...)
	case *types.Tuple:
		for v := range t.Variables() {
			list = append(list, v.Type())
		}
	case *types.Struct:
		for f := range t.Fields() {
			list = append(list, f.Type())
		}
	}
	return list
}
