package lower

import (
	"go/types"
	"reflect"
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
func (vm *Program) mirroredKey(t types.Type) reflect.Type {
	rt := vm.rtype(t)
	if rt.Kind() != reflect.String && vm.hasAny(t, false, []string{"MarshalText"}) {
		return reflect.TypeFor[mirrorKey]()
	}
	return rt
}

func (vm *Program) mirrorKey(t types.Type, k reflect.Value, to reflect.Type) reflect.Value {
	if to == k.Type() {
		return k
	}
	key := mirrorKey{of: k.Interface()}
	if k.Kind() != reflect.Pointer || !k.IsNil() {
		out, _ := box{vm.typeOf(t), k.Interface()}.callMethod("MarshalText")
		text, err := bytesAndError(out)
		key.text, key.err = string(text), err
	}
	return reflect.ValueOf(key)
}
