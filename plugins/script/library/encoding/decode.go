package encoding

import (
	"encoding/xml"
	"go/types"
	"reflect"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/layout"
	"wshd/plugins/script/value"
)

// Decoding is the pointer that a decoder fills, given a box of one.
func (co *Coder) Decoding(a any, t *boxed.Type, inside any, by Decoder) any {
	ptr, ok := t.Go.Underlying().(*types.Pointer)
	if !ok {
		return a
	}
	if p := reflect.ValueOf(inside); p.IsNil() || by.LooksFor != nil && by.LooksFor[0] == "Scan" && !scannable(p.Type().Elem()) && !co.HasAny(t.Go, false, by.LooksFor) {
		return reflect.Zero(reflect.PointerTo(co.TypeOf(ptr.Elem()).Carrier())).Interface() // to be told that
	}
	if why := co.Undecodable(ptr.Elem(), by); why != "" {
		panic(value.RuntimeError(co.NoDecoding(value.ShortName(ptr.Elem()), why)))
	}
	switch {
	case !co.HasAny(t.Go, false, by.LooksFor):
		return inside
	case by.LooksFor[0] == "Scan":
		return a
	case by.IsJSON && !co.HasAny(t.Go, false, by.LooksFor[:1]):
		return &textBox{decodeBox{boxed.Value{Type: t, Bare: inside}}}
	case by.LooksFor[0] == "GobDecode" && !co.HasAny(t.Go, false, by.LooksFor[:1]):
		return &binaryBox{boxed.Value{Type: t, Bare: inside}}
	}
	return &decodeBox{boxed.Value{Type: t, Bare: inside}}
}

// scannable reports whether fmt scans values of that type.
func scannable(rt reflect.Type) bool {
	return rt.Kind() <= reflect.Complex128 || rt.Kind() == reflect.String || rt.Kind() == reflect.Slice && rt.Elem().Kind() == reflect.Uint8
}

// Undecodable says why a decoder would not fill a value of type t as it would in a compiled program;
// "" if it would.
func (co *Coder) Undecodable(t types.Type, by Decoder) string {
	if _, ok := co.target(t, nil); ok && by.IsJSON {
		return ""
	}
	if co.HasAny(t, true, by.LooksFor) {
		return ""
	}
	return co.unfillable(t, by, map[types.Type]bool{})
}

func (co *Coder) unfillable(t types.Type, by Decoder, seen map[types.Type]bool) string {
	if !co.TypeOf(t).Scripted || seen[t] {
		return ""
	}
	seen[t] = true
	switch u := t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Array, *types.Map:
		for _, p := range layout.Parts(u) {
			if why := co.partOf(p, by, seen); why != "" {
				return why
			}
		}
	case *types.Struct:
		for f := range u.Fields() {
			if f.Exported() || f.Embedded() {
				if why := co.partOf(f.Type(), by, seen); why != "" {
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

func (co *Coder) partOf(t types.Type, by Decoder, seen map[types.Type]bool) string {
	if co.HasAny(t, true, by.LooksFor) || co.HasAny(t, false, by.LooksFor) {
		return "the method of " + t.String() + " inside it would not be called"
	}
	return co.unfillable(t, by, seen)
}

// decodeBox is a pointer to a script's value that decodes itself.
type decodeBox struct{ boxed.Value }

// UnmarshalJSON is the script's method.
func (b decodeBox) UnmarshalJSON(data []byte) error {
	out, _ := b.CallMethod("UnmarshalJSON", reflect.ValueOf(data))
	return lastError(out)
}

// UnmarshalText is the script's method.
func (b decodeBox) UnmarshalText(text []byte) error {
	out, _ := b.CallMethod("UnmarshalText", reflect.ValueOf(text))
	return lastError(out)
}

// UnmarshalXML is the script's method, or that for text.
func (b decodeBox) UnmarshalXML(d *xml.Decoder, start xml.StartElement) error {
	if out, ok := b.CallMethod("UnmarshalXML", reflect.ValueOf(d), reflect.ValueOf(start)); ok {
		return lastError(out)
	}
	if b.Type.In.HasAny(b.Type.Go, false, []string{"UnmarshalText"}) {
		return d.DecodeElement(&textBox{b}, &start)
	}
	return d.DecodeElement(b.Bare, &start)
}

// textBox has the method for text only.
type textBox struct{ b decodeBox }

// UnmarshalText is the script's method.
func (t *textBox) UnmarshalText(text []byte) error { return t.b.UnmarshalText(text) }

// GobDecode is the script's method.
func (b decodeBox) GobDecode(data []byte) error {
	out, _ := b.CallMethod("GobDecode", reflect.ValueOf(data))
	return lastError(out)
}

// binaryBox is the same for encoding/gob, which tells the two methods apart.
type binaryBox struct{ boxed.Value }

// UnmarshalBinary is the script's method.
func (b binaryBox) UnmarshalBinary(data []byte) error {
	out, _ := b.CallMethod("UnmarshalBinary", reflect.ValueOf(data))
	return lastError(out)
}

func lastError(out []reflect.Value) error {
	if len(out) == 0 {
		return nil
	}
	err, _ := out[len(out)-1].Interface().(error)
	return err
}
