package lower

import (
	"encoding/xml"
	"go/types"
	"reflect"
)

// namedInXML reports whether the element that encoding/xml makes of a value has the name of its type, or
// those that it makes of a list's: then it is given the box, which knows it.
func (vm *Program) namedInXML(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return vm.namedInXML(u.Elem())
	case *types.Slice:
		return vm.namedInXML(u.Elem())
	case *types.Array:
		return vm.namedInXML(u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if f.Name() == "XMLName" {
				return false
			}
		}
	}
	_, named := types.Unalias(t).(*types.Named)
	return named && vm.typeOf(t).scripted
}

// MarshalXML encodes the value in the box as a compiled program would.
func (b box) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	unnamed := start.Name.Local == ""
	if unnamed {
		t := b.t.typ
		if p, ok := t.(*types.Pointer); ok {
			t = p.Elem()
		}
		if n, ok := types.Unalias(t).(*types.Named); ok {
			start.Name.Local = n.Obj().Name()
		}
	}
	v := reflect.ValueOf(b.v)
	if k := v.Kind(); (k == reflect.Slice || k == reflect.Array) && !b.t.isBytes() {
		return b.eachXML(e, start, v, unnamed)
	}
	return e.EncodeElement(b.bareMirror(), start)
}

// eachXML encodes the elements of a list, one after the other.
func (b box) eachXML(e *xml.Encoder, start xml.StartElement, list reflect.Value, unnamed bool) error {
	t := b.t.vm.typeOf(elementOf(b.t.typ))
	for i := range list.Len() {
		elem := list.Index(i)
		if unnamed && t.scripted {
			if err := e.Encode(t.boxOf(elem.Interface())); err != nil {
				return err
			}
			continue
		}
		if err := e.EncodeElement(b.t.vm.mirror(t.typ, addr(elem), true).Interface(), start); err != nil {
			return err
		}
	}
	return nil
}

func (t *Type) isBytes() bool { return t.rt.Elem().Kind() == reflect.Uint8 }
