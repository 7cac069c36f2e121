package lower

import (
	"encoding/xml"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/layout"
	"wshd/plugins/script/library"
	"wshd/plugins/script/value"
)

// decoding is the pointer that a decoder fills, given a box of one.
func (vm *Program) decoding(boxed any, t *Type, inside any, by library.Decoder) any {
	ptr, ok := t.typ.Underlying().(*types.Pointer)
	if !ok {
		return boxed
	}
	if p := reflect.ValueOf(inside); p.IsNil() || by.LooksFor != nil && by.LooksFor[0] == "Scan" && !scannable(p.Type().Elem()) && !vm.hasAny(t.typ, false, by.LooksFor) {
		return reflect.Zero(reflect.PointerTo(vm.typeOf(ptr.Elem()).carrier())).Interface() // to be told that
	}
	if why := vm.undecodable(ptr.Elem(), by); why != "" {
		panic(value.RuntimeError(noDecoding.refusal(value.ShortName(ptr.Elem()), why).msg))
	}
	switch {
	case !vm.hasAny(t.typ, false, by.LooksFor):
		return inside
	case by.LooksFor[0] == "Scan":
		return boxed
	case by.IsJSON && !vm.hasAny(t.typ, false, by.LooksFor[:1]):
		return &textBox{decodeBox{box{t, inside}}}
	case by.LooksFor[0] == "GobDecode" && !vm.hasAny(t.typ, false, by.LooksFor[:1]):
		return &binaryBox{box{t, inside}}
	}
	return &decodeBox{box{t, inside}}
}

// scannable reports whether fmt scans values of that type.
func scannable(rt reflect.Type) bool {
	return rt.Kind() <= reflect.Complex128 || rt.Kind() == reflect.String || rt.Kind() == reflect.Slice && rt.Elem().Kind() == reflect.Uint8
}

// undecodable says why a decoder would not fill a value of type t as it would in a compiled program;
// "" if it would.
func (vm *Program) undecodable(t types.Type, by library.Decoder) string {
	if _, ok := vm.target(t, nil); ok && by.IsJSON {
		return ""
	}
	if vm.hasAny(t, true, by.LooksFor) {
		return ""
	}
	return vm.unfillable(t, by, map[types.Type]bool{})
}

func (vm *Program) unfillable(t types.Type, by library.Decoder, seen map[types.Type]bool) string {
	if !vm.typeOf(t).scripted || seen[t] {
		return ""
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Array, *types.Map:
		for _, p := range layout.Parts(u) {
			if why := vm.partOf(p, by, seen); why != "" {
				return why
			}
		}
	case *types.Struct:
		for f := range u.Fields() {
			if f.Exported() || f.Embedded() {
				if why := vm.partOf(f.Type(), by, seen); why != "" {
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

func (vm *Program) partOf(t types.Type, by library.Decoder, seen map[types.Type]bool) string {
	if vm.hasAny(t, true, by.LooksFor) || vm.hasAny(t, false, by.LooksFor) {
		return "the method of " + t.String() + " inside it would not be called"
	}
	return vm.unfillable(t, by, seen)
}

// refuseDecoding refuses at load what decoding would refuse when it runs.
func (c *compiler) refuseDecoding(v ssa.Value, by library.Decoder) {
	if t := pointedTo(v); t != nil {
		if why := c.undecodable(t, by); why != "" {
			c.refuse(&noDecoding, value.ShortName(t), why)
		}
	}
}

// pointedTo is what v points to, which is given to a function as an any; nil: that cannot be told.
func pointedTo(v ssa.Value) types.Type {
	if made, ok := v.(*ssa.MakeInterface); ok {
		if ptr, ok := made.X.Type().Underlying().(*types.Pointer); ok {
			return ptr.Elem()
		}
	}
	return nil
}

// decodeBox is a pointer to a script's value that decodes itself.
type decodeBox struct{ box }

// UnmarshalJSON is the script's method.
func (b decodeBox) UnmarshalJSON(data []byte) error {
	out, _ := b.callMethod("UnmarshalJSON", reflect.ValueOf(data))
	return lastError(out)
}

// UnmarshalText is the script's method.
func (b decodeBox) UnmarshalText(text []byte) error {
	out, _ := b.callMethod("UnmarshalText", reflect.ValueOf(text))
	return lastError(out)
}

// UnmarshalXML is the script's method, or that for text.
func (b decodeBox) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	if out, ok := b.callMethod("UnmarshalXML", reflect.ValueOf(d), reflect.ValueOf(start)); ok {
		return lastError(out)
	}
	if b.t.vm.hasAny(b.t.typ, false, []string{"UnmarshalText"}) {
		return d.DecodeElement(&textBox{b}, &start)
	}
	return d.DecodeElement(b.v, &start)
}

// textBox has the method for text only.
type textBox struct{ b decodeBox }

// UnmarshalText is the script's method.
func (t *textBox) UnmarshalText(text []byte) error { return t.b.UnmarshalText(text) }

// GobDecode is the script's method.
func (b decodeBox) GobDecode(data []byte) error {
	out, _ := b.callMethod("GobDecode", reflect.ValueOf(data))
	return lastError(out)
}

// binaryBox is the same for encoding/gob, which tells the two methods apart.
type binaryBox struct{ box }

// UnmarshalBinary is the script's method.
func (b binaryBox) UnmarshalBinary(data []byte) error {
	out, _ := b.callMethod("UnmarshalBinary", reflect.ValueOf(data))
	return lastError(out)
}

func lastError(out []reflect.Value) error {
	if len(out) == 0 {
		return nil
	}
	err, _ := out[len(out)-1].Interface().(error)
	return err
}
