package lower

import (
	"go/types"
	"reflect"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/library"
	"wshd/plugins/script/library/format"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// said hears whether a connection still works.
func (n *nativeCall) said(g *machine.G, _ []reflect.Value) (after func(out []reflect.Value)) {
	return func(out []reflect.Value) {
		err, _ := out[len(out)-1].Interface().(error)
		g.Said(err)
	}
}

// facts minds what the library's table says of the function.
func (n *nativeCall) facts(g *machine.G, args []reflect.Value) (after func(out []reflect.Value)) {
	if n.Around {
		library.CheckLayers(args)
	}
	return n.Before(g, n.Name, args)
}

// typeVerbs has verbs that ask for no method show the script's types.
func (n *nativeCall) typeVerbs(_ *machine.G, args []reflect.Value) (after func(out []reflect.Value)) {
	f, list := format.Verbs(args[n.Format].String(), args[n.Format+1].Interface().([]any), n.Name == "fmt.Errorf")
	args[n.Format], args[n.Format+1] = reflect.ValueOf(f), reflect.ValueOf(list)
	return nil
}

// decodesJSON has a target filled in the place of a value, and the value from that.
func (n *nativeCall) decodesJSON(_ *machine.G, args []reflect.Value) (after func(out []reflect.Value)) {
	if d := n.vm.coder.DecodeJSON(args); d != nil {
		return d.Done
	}
	return nil
}

// encodes words the error of an encoder.
func (n *nativeCall) encodes(_ *machine.G, args []reflect.Value) (after func(out []reflect.Value)) {
	t := encodedType(args)
	return func(out []reflect.Value) {
		if len(out) == 0 {
			return
		}
		last := len(out) - 1
		if err, ok := out[last].Interface().(error); ok && err != nil {
			err = n.vm.coder.Worded(err, t)
			out[last] = reflect.ValueOf(&err).Elem()
		}
	}
}

// encodedType is the script's type that a function is to encode; nil if it is none.
func encodedType(args []reflect.Value) types.Type {
	for _, a := range args {
		if a.Kind() == reflect.Interface && a.NumMethod() == 0 {
			if t, _ := boxed.Of(a.Interface()); t != nil {
				return t.Go
			}
		}
	}
	return nil
}

// outwards makes of the arguments what the function should see.
func (n *nativeCall) outwards(_ *machine.G, args []reflect.Value) (after func(out []reflect.Value)) {
	for i := range args {
		args[i] = n.outward(args[i])
	}
	return nil
}

// spaces puts spaces between operands as fmt.Print does.
func (n *nativeCall) spaces(_ *machine.G, args []reflect.Value) (after func(out []reflect.Value)) {
	format.Spaces(n.Name, args)
	return nil
}

// keepsApart keeps the arguments apart from maps that others may use meanwhile.
func (n *nativeCall) keepsApart(_ *machine.G, args []reflect.Value) (after func(out []reflect.Value)) {
	return keepApart(args, n.Shows, n.Format)
}

// begins says how the function may wait.
func (n *nativeCall) begins(g *machine.G, args []reflect.Value) (after func(out []reflect.Value)) {
	if at := g.Begins(n.Waits, args); !at.IsZero() {
		return func([]reflect.Value) { g.Returns(at) }
	}
	return nil
}

// mapsApart gives a function copies of the maps that it is given themselves.
func (n *nativeCall) mapsApart(_ *machine.G, args []reflect.Value) (after func(out []reflect.Value)) {
	for i, a := range args {
		if a.Kind() == reflect.Map {
			args[i] = value.Snapshot(a)
		}
	}
	return nil
}
