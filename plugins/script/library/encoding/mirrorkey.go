package encoding

import (
	"go/types"
	"reflect"

	"wshd/plugins/script/boxed"
)

// mirrorKey is the mirror of a map's key that has the method MarshalText, which encoding/json asks it for.
type mirrorKey struct {
	text string
	err  error
	of   any // the key, so that keys of one text stay apart
}

// MarshalText is what the script's method said.
func (k mirrorKey) MarshalText() ([]byte, error) { return []byte(k.text), k.err }

// mirroredKey is the type of the mirror of a map's keys. Strings are not asked for their text.
func (co *Coder) mirroredKey(t types.Type) reflect.Type {
	rt := co.Laid(t)
	if rt.Kind() != reflect.String && co.HasAny(t, false, []string{"MarshalText"}) {
		return reflect.TypeFor[mirrorKey]()
	}
	return rt
}

func (co *Coder) mirrorKey(t types.Type, k reflect.Value, to reflect.Type) reflect.Value {
	if to == k.Type() {
		return k
	}
	key := mirrorKey{of: k.Interface()}
	if k.Kind() != reflect.Pointer || !k.IsNil() {
		out, _ := boxed.Value{Type: co.TypeOf(t), Bare: k.Interface()}.CallMethod("MarshalText")
		text, err := bytesAndError(out)
		key.text, key.err = string(text), err
	}
	return reflect.ValueOf(key)
}
