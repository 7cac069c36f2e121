package encoding

import (
	"cmp"
	"encoding/xml"
	"go/types"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/carry"
	"wshd/plugins/script/value"
)

// ShownXML is what encoding/xml is shown of what lies at p. It names elements by types, of which a
// mirror has the name; what is neither a struct nor made of such, or has methods, is shown as a box.
func (m *mirrors) ShownXML(t types.Type, p unsafe.Pointer, addressable bool) any {
	d := m.co.TypeOf(t)
	v := value.At(d.Laid, p)
	if !d.Scripted {
		return boxed.Apart(v, true, true).Interface()
	}
	u := t.Underlying()
	ptr, isPtr := u.(*types.Pointer)
	switch {
	case isPtr && v.IsNil():
		return nil
	case m.co.HasAny(t, false, m.telling):
		return d.Box(v.Interface())
	case isPtr:
		return m.ShownXML(ptr.Elem(), v.UnsafePointer(), true)
	case addressable && m.tells(t):
		return d.Addressed(reflect.NewAt(d.Laid, p).Interface())
	}
	switch u := u.(type) {
	case *types.Slice, *types.Array:
		if d.Laid.Elem().Kind() == reflect.Uint8 {
			break
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = m.ShownXML(boxed.ElementOf(u), boxed.Addr(v.Index(i)), addressable || v.Kind() == reflect.Slice)
		}
		return list
	case *types.Struct:
		rt := carry.Struct(value.TypeText(t), isNamed(t), m.fields(u, d.Laid, map[types.Type]bool{t: true}))
		return m.filled(t, rt, v, addressable).Interface()
	}
	return d.Box(v.Interface())
}

// boxXML encodes the value in the box as a compiled program would.
func (co *Coder) boxXML(b boxed.Value, e *xml.Encoder, start xml.StartElement) error {
	defer underWay.Add(-1)
	if err := encodes(b); err != nil {
		return err
	}
	if out, ok := b.CallMethod("MarshalXML", reflect.ValueOf(e), reflect.ValueOf(start)); ok {
		return lastError(out)
	}
	if out, ok := b.CallMethod("MarshalText"); ok {
		text, err := bytesAndError(out)
		if err != nil {
			return err
		}
		return e.EncodeElement(string(text), start)
	}
	m := &co.InXML
	p := reflect.New(b.Type.Laid)
	p.Elem().Set(reflect.ValueOf(b.Bare))
	switch b.Type.Go.Underlying().(type) {
	case *types.Struct, *types.Pointer, *types.Slice, *types.Array:
		shown := m.ShownXML(b.Type.Go, p.UnsafePointer(), false)
		if _, again := shown.(interface{ Carried() carry.Value }); !again {
			return co.eachXML(b, e, start, shown)
		}
	}
	return m.worded(e.EncodeElement(b.Bare, start), b.Type.Go)
}

// eachXML encodes what has been made of a box.
func (co *Coder) eachXML(b boxed.Value, e *xml.Encoder, start xml.StartElement, shown any) error {
	if list, ok := shown.([]any); ok {
		for _, elem := range list {
			if err := co.eachXML(b, e, start, elem); err != nil {
				return err
			}
		}
		return nil
	}
	if v := reflect.ValueOf(shown); v.Kind() == reflect.Struct {
		if name, ok := elementName(v); ok {
			start.Name = name
		}
	}
	return co.InXML.worded(e.EncodeElement(shown, start), b.Type.Go)
}

// elementName is the name that a struct's field XMLName gives its element, which goes before that of the
// field that it is in.
func elementName(v reflect.Value) (xml.Name, bool) {
	f, ok := v.Type().FieldByName("XMLName")
	if !ok || f.Type != reflect.TypeFor[xml.Name]() {
		return xml.Name{}, false
	}
	tag, _, _ := strings.Cut(f.Tag.Get("xml"), ",")
	if tag != "" {
		space, local, ok := strings.Cut(tag, " ")
		if !ok {
			space, local = "", tag
		}
		return xml.Name{Space: space, Local: local}, true
	}
	name := v.FieldByIndex(f.Index).Interface().(xml.Name)
	return name, name.Local != ""
}

// worded is an error of encoding/xml with the name of the script's type that it is about.
func (m *mirrors) worded(err error, t types.Type) error {
	if e, ok := err.(*xml.UnsupportedTypeError); ok {
		if of := m.co.within(t, e.Type, map[types.Type]bool{}); of != nil {
			return &xml.UnsupportedTypeError{Type: m.co.TypeOf(of).Carrier()}
		}
	}
	return err
}

// xmlAttr stands for a value with methods in a field that is an attribute.
type xmlAttr struct{ of *boxed.Value }

// attr makes one of a value.
func (m *mirrors) attr(t types.Type, v reflect.Value, addressable bool) xmlAttr {
	d := m.co.TypeOf(t)
	if addressable && !m.co.HasAny(t, false, m.telling) {
		return xmlAttr{&boxed.Value{Type: m.co.TypeOf(types.NewPointer(t)), Bare: v.Addr().Interface()}}
	}
	return xmlAttr{&boxed.Value{Type: d, Bare: v.Interface()}}
}

// MarshalXMLAttr is the script's method, or that for text, or what encoding/xml makes of the value.
func (a xmlAttr) MarshalXMLAttr(name xml.Name) (xml.Attr, error) {
	if a.of == nil {
		return xml.Attr{}, nil
	}
	if out, ok := a.of.CallMethod("MarshalXMLAttr", reflect.ValueOf(name)); ok {
		attr, _ := out[0].Interface().(xml.Attr)
		return attr, lastError(out)
	}
	if out, ok := a.of.CallMethod("MarshalText"); ok {
		text, err := bytesAndError(out)
		return xml.Attr{Name: name, Value: string(text)}, err
	}
	return simpleAttr(name, reflect.ValueOf(a.of.Bare))
}

// simpleAttr has encoding/xml make an attribute of a value without methods.
func simpleAttr(name xml.Name, v reflect.Value) (xml.Attr, error) {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return xml.Attr{}, nil
	}
	holder := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "A", Type: v.Type(), Tag: `xml:"a,attr"`}})).Elem()
	holder.Field(0).Set(v)
	var text strings.Builder
	e := xml.NewEncoder(&text)
	if err := e.EncodeElement(holder.Interface(), xml.StartElement{Name: xml.Name{Local: "e"}}); err != nil {
		return xml.Attr{}, err
	}
	token, err := xml.NewDecoder(strings.NewReader(text.String())).Token()
	start, _ := token.(xml.StartElement)
	if i := slices.IndexFunc(start.Attr, func(a xml.Attr) bool { return a.Name.Local == "a" }); i >= 0 {
		return xml.Attr{Name: name, Value: start.Attr[i].Value}, err
	}
	return xml.Attr{}, cmp.Or(err)
}
