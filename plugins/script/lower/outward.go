package lower

import (
	"go/types"
	"reflect"
	"strings"

	"wshd/plugins/script/carry"
)

// A view is what a function that looks into values by reflection is shown of a script's.
type view int

const (
	asIs      view = iota // it does not look
	shown                 // fmt: the box prints itself
	logged                // log/slog: the same, or what its LogValue says
	bare                  // the value itself
	encode                // its mirror
	encodeXML             // the same, with the names of its types
	encodeGob
	decode // a pointer to it, to be filled
)

// viewOf says what a native function is shown.
func viewOf(path, name string) view {
	switch {
	case path == "fmt" && strings.Contains(name, "can"):
		return decode
	case path == "fmt" || path == "log":
		return shown
	case path == "log/slog":
		return logged
	case path == "sort" || path == "encoding/binary":
		return bare
	case strings.HasPrefix(path, "encoding/"):
		if strings.HasPrefix(name, "Unmarshal") || strings.HasPrefix(name, "Decode") {
			return decode
		}
		switch path {
		case "encoding/xml":
			return encodeXML
		case "encoding/gob":
			return encodeGob
		}
		return encode
	case (path == "text/template" || path == "html/template") && name == "IsTrue":
		return bare
	}
	return asIs
}

// outward makes of an argument what the function should see.
func (n *nativeCall) outward(v reflect.Value) reflect.Value {
	switch {
	case v.Kind() == reflect.Interface && v.NumMethod() == 0:
		if t, inside := unboxed(v.Interface()); t != nil {
			out := n.view(v.Interface(), t, inside)
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
				copied[i] = n.view(a, t, inside)
			}
		}
		if copied != nil {
			return reflect.ValueOf(copied)
		}
	}
	return v
}

// showing are the methods that those look for who show a value.
var showing = append([]string{"GoString", "LogValue"}, telling...)

func (n *nativeCall) view(boxed any, t *Type, inside any) any {
	switch n.how {
	case logged:
		return t.logged(boxed, inside)
	case shown:
		if _, basic := t.typ.Underlying().(*types.Basic); basic && n.format < 0 && !t.vm.hasAny(t.typ, false, showing) {
			return inside
		}
		return boxed
	case bare:
		return inside
	case decode:
		return t.vm.decoding(boxed, t, inside, n.decoder)
	}
	p := reflect.New(t.rt)
	p.Elem().Set(reflect.ValueOf(inside))
	switch n.how {
	case encodeXML:
		return t.vm.inXML.shownXML(t.typ, p.UnsafePointer(), false)
	case encodeGob:
		return t.vm.inGob.of(t.typ, p.UnsafePointer(), false).Interface()
	}
	return t.vm.inJSON.of(t.typ, p.UnsafePointer(), false).Interface()
}

// logged is what log/slog is shown of a value: of an error that says nothing of JSON, one that has
// no method for it, since slog asks for that before it asks for Error.
func (t *Type) logged(boxed, inside any) any {
	_, isError := boxed.(error)
	switch {
	case isError && !t.vm.hasAny(t.typ, false, []string{"MarshalJSON"}):
		return carry.Pack(t.carrierWith(append(t.lookedFor(), ofBoxes()["Format"])), carry.Value{Of: t, Bare: inside})
	case t.rt.Kind() == reflect.Slice && t.rt.Elem().Kind() == reflect.Uint8 && !t.vm.hasAny(t.typ, false, showing):
		return inside
	}
	return boxed
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
