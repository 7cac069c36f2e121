package lower

import (
	"go/types"
	"io"
	"reflect"

	"wshd/plugins/script/std"
)

// Some functions of package io look whether what they read from or write to can do more. These are what
// stands for script values that can.
type (
	stringWriter struct {
		Box any
		io.Writer
		io.StringWriter
	}
	readerFrom struct {
		Box any
		io.Writer
		io.ReaderFrom
	}
	writerBoth struct {
		Box any
		io.Writer
		io.StringWriter
		io.ReaderFrom
	}
	writerTo struct {
		Box any
		io.Reader
		io.WriterTo
	}
)

// more is what stands for a script's value in an io.Reader or io.Writer, v being what does for others.
func (vm *Program) more(v reflect.Value, boxed any, t *Type, named *types.Named) reflect.Value {
	if named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != "io" {
		return v
	}
	as := func(name string) any {
		iface := std.Packages()["io"].Scope().Lookup(name).Type()
		method := iface.Underlying().(*types.Interface).Method(0)
		if !t.hasMethod(method.Name(), method.Signature()) {
			return nil
		}
		return vm.ifaceOf(boxed, t, iface).Interface()
	}
	var out any
	switch name := named.Obj().Name(); name {
	case "Writer":
		w := v.Interface().(io.Writer)
		s, isString := as("StringWriter").(io.StringWriter)
		r, isFrom := as("ReaderFrom").(io.ReaderFrom)
		switch {
		case isString && isFrom:
			out = &writerBoth{boxed, w, s, r}
		case isString:
			out = &stringWriter{boxed, w, s}
		case isFrom:
			out = &readerFrom{boxed, w, r}
		}
	case "Reader":
		if to, ok := as("WriterTo").(io.WriterTo); ok {
			out = &writerTo{boxed, v.Interface().(io.Reader), to}
		}
	}
	if out == nil {
		return v
	}
	wrappers.Store(reflect.TypeOf(out), true)
	return reflect.ValueOf(out)
}
