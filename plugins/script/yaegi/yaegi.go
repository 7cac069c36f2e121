// Package yaegi has what is written for the interpreter evaluated: it is the only one that knows yaegi.
package yaegi

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/traefik/yaegi/interp"
)

// Evaluate runs the lowered text on an interpreter of its own, and returns the functions that it declares,
// by name. The text calls natives[0] with a *rt.Frame as rt.N0, and so on. yaegi prints a line for each call
// that a panic unwinds: they are dropped, the panic itself knows where it was.
//
// To yaegi, N0 is a type, and what looks like a call of it a conversion. It makes calls of the host by reflect's Call,
// of five times the cost of all else that it does for a message, with three allocations; of a conversion it asks a hook
// beforehand which function makes it, and calls that.
func Evaluate[Frame any](texts []string, natives []func(*Frame)) (map[string]reflect.Value, error) {
	symbols := map[string]reflect.Value{"Frame": reflect.ValueOf((*Frame)(nil))}
	conversions := map[reflect.Type]func(src, dest reflect.Value){}
	fields := reflect.VisibleFields(reflect.TypeFor[Frame]())
	for i, native := range natives {
		to := numbered(fields, i)
		symbols[fmt.Sprint("N", i)] = reflect.Zero(reflect.PointerTo(to))
		conversions[to] = func(src, _ reflect.Value) { native((*Frame)(src.UnsafePointer())) }
	}
	convert := func(_, to reflect.Type) func(src, dest reflect.Value) { return conversions[to] }

	in := interp.New(interp.Options{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard})
	if err := in.Use(interp.Exports{
		"rt/rt":                         symbols,
		"github.com/traefik/yaegi/hook": {"convert": reflect.ValueOf(convert)},
	}); err != nil {
		return nil, err
	}
	for _, text := range texts {
		if _, err := in.Eval(text); err != nil {
			return nil, err
		}
	}
	return in.Symbols("main")["main"], nil
}

// numbered is a type of its own for each i, to which a pointer to a struct of these fields can be converted: a
// pointer to what differs from it by a tag.
func numbered(fields []reflect.StructField, i int) reflect.Type {
	fields[0].Tag = reflect.StructTag(strconv.Itoa(i))
	return reflect.PointerTo(reflect.StructOf(fields))
}
