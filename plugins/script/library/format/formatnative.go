package format

import (
	"fmt"
	"reflect"
	"strings"
)

// prints reports whether fmt prints a native value by one of its methods, wherever it is.
func (f *printer) prints(rt reflect.Type) bool {
	switch {
	case rt.Implements(reflect.TypeFor[fmt.Formatter]()):
		return true
	case f.sharp && f.verb == 'v':
		return rt.Implements(reflect.TypeFor[fmt.GoStringer]())
	}
	return strings.ContainsRune("vsxXq", f.verb) &&
		(rt.Implements(reflect.TypeFor[error]()) || rt.Implements(reflect.TypeFor[fmt.Stringer]()))
}

// nativeWord prints a native pointer that is in something else.
func (f *printer) nativeWord(v reflect.Value) {
	switch {
	case f.sharp && f.verb == 'v' && v.IsNil():
		f.text("(" + v.Type().String() + ")(nil)")
	case f.sharp && f.verb == 'v':
		f.text(fmt.Sprintf("(%s)(%#x)", v.Type(), v.Pointer()))
	case f.verb == 'v' && v.IsNil():
		f.text("<nil>")
	default:
		fmt.Fprintf(f.w, f.format, v.UnsafePointer())
	}
}
