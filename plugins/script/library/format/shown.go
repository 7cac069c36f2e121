package format

import (
	"go/types"
	"reflect"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/carry"
)

// showing are the methods that those look for who show a value.
var showing = append([]string{"GoString", "LogValue"}, boxed.Telling...)

// Shown is what fmt is shown of a value without a format.
func Shown(t *boxed.Type, a, inside any) any {
	if _, basic := t.Go.Underlying().(*types.Basic); basic && !t.In.HasAny(t.Go, false, showing) {
		return inside
	}
	return a
}

// Logged is what log/slog is shown of a value: of an error that says nothing of JSON, one that has
// no method for it, since slog asks for that before it asks for Error.
func Logged(t *boxed.Type, a, inside any) any {
	_, isError := a.(error)
	switch {
	case isError && !t.In.HasAny(t.Go, false, []string{"MarshalJSON"}):
		return carry.Pack(t.CarrierWith(append(t.LookedFor(), boxed.OfBoxes()["Format"])), carry.Value{Of: t, Bare: inside})
	case t.Laid.Kind() == reflect.Slice && t.Laid.Elem().Kind() == reflect.Uint8 && !t.In.HasAny(t.Go, false, showing):
		return inside
	}
	return a
}
