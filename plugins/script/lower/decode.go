package lower

import (
	"encoding/json"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/layout"
)

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
	case *types.Pointer, *types.Slice, *types.Array, *types.Map:
		for _, p := range layout.Parts(u) {
			if why := vm.partOf(p, seen); why != "" {
				return why
			}
		}
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
	if t := pointedTo(v); t != nil {
		if why := c.undecodable(t, isJSON); why != "" {
			c.refuse(&noDecoding, shortName(t), why)
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
