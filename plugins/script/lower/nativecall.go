package lower

import (
	"go/types"
	"reflect"

	"wshd/plugins/script/library"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/std"
	"wshd/plugins/script/value"
)

// nativeCall is a function or method of the host's, and what is to be done when a script calls it.
type nativeCall struct {
	library.Row
	vm       *Program
	fn       reflect.Value // a method's takes the receiver first
	ofMap    string        // the method's name, if it is one of a map
	template *templateCall
	refuses  func(g *machine.G, args []reflect.Value)
}

func (vm *Program) nativeCall(fn reflect.Value, obj types.Object) *nativeCall {
	n := &nativeCall{Row: library.Of(obj, fn.Type()), vm: vm, fn: fn}
	if obj == nil || obj.Pkg() == nil {
		return n
	}
	if n.Instead != nil {
		n.fn = reflect.ValueOf(n.Instead)
	}
	n.template = vm.templateCall(obj)
	if f, ok := obj.(*types.Func); ok && f.Signature().Recv() != nil && fn.Type().In(0).Kind() == reflect.Map {
		n.ofMap = obj.Name()
	}
	return n
}

// call calls it with the arguments as the script has them.
func (n *nativeCall) call(g *machine.G, args []reflect.Value) []reflect.Value {
	if n.refuses != nil {
		n.refuses(g, args)
		return nil
	}
	if n.Around {
		library.CheckLayers(args)
	}
	done := n.Before(g, n.Name, args)
	if n.Format >= 0 {
		f, list := typeVerbs(args[n.Format].String(), args[n.Format+1].Interface().([]any), n.Name == "fmt.Errorf")
		args[n.Format], args[n.Format+1] = reflect.ValueOf(f), reflect.ValueOf(list)
	}
	var decoding *jsonDecoding
	if n.Decoder.IsJSON {
		decoding = n.vm.decodeJSON(args)
	}
	var encoded types.Type
	if n.Shows == library.Encode || n.Shows == library.EncodeXML {
		encoded = encodedType(args)
	}
	if n.template != nil {
		n.template.before(args)
	} else if n.Shows != library.AsIs {
		for i := range args {
			args[i] = n.outward(args[i])
		}
	}
	if n.Shows == library.Shown {
		n.spaceApart(args)
	}
	merge := keepApart(args, n.Shows, n.Format)
	at := g.Begins(n.Waits, args)
	var out []reflect.Value
	if n.Decoder.IsJSON {
		out = n.callJSON(args)
	} else {
		n.copyMaps(args)
		put := n.sendApart(args)
		out = callApart(n.fn, args, n.ofMap)
		if put != nil {
			put(out)
		}
	}
	g.Returns(at)
	if (n.Shows == library.Encode || n.Shows == library.EncodeXML) && len(out) > 0 && !out[len(out)-1].IsZero() {
		n.encodeFailed(out, encoded)
	}
	if n.template != nil {
		n.template.after(args, out)
	}
	for _, put := range merge {
		put()
	}
	if done != nil {
		done(out)
	}
	decoding.done(out)
	if n.Waits == machine.Talks {
		err, _ := out[len(out)-1].Interface().(error)
		g.Said(err)
	}
	return out
}

// asValue is the function as a value, which whoever has it calls as scripts call it.
func (n *nativeCall) asValue() reflect.Value {
	if n.Shows == library.AsIs && n.ofMap == "" && n.template == nil && !n.Minds() {
		return n.fn
	}
	return reflect.MakeFunc(n.fn.Type(), func(args []reflect.Value) []reflect.Value {
		return n.call(&machine.G{Machine: n.vm.Machine}, args)
	})
}

type methodKey struct {
	rt   reflect.Type
	name string
}

// nativeMethod finds the method of a value of the host's that a script has in an interface.
func (vm *Program) nativeMethod(rt reflect.Type, name string) *nativeCall {
	key := methodKey{rt, name}
	if known, ok := vm.methods.Load(key); ok {
		return known.(*nativeCall)
	}
	m, ok := rt.MethodByName(name)
	if !ok {
		panic(value.RuntimeError("the method " + name + " of " + rt.String() + " cannot be had"))
	}
	full, obj := vm.methodOf(rt, name)
	n := vm.nativeCall(m.Func, obj)
	if no, ok := library.HostFuncs[full]; ok {
		n.refuses = func(*machine.G, []reflect.Value) { panic(value.PlainError(hostFunc.refusal(full, no[0], no[1]).msg)) }
	} else if opens := library.Opens(full); opens != "" && !vm.opened(opens, "") {
		n.refuses = func(*machine.G, []reflect.Value) { panic(value.PlainError(closedFunc.refusal(full, opens, opens).msg)) }
	} else if do := vm.syncMethod(full); do != nil {
		n.refuses = func(g *machine.G, args []reflect.Value) {
			if args[0].IsNil() {
				panic(value.ErrNil)
			}
			do(g, args[0].UnsafePointer())
		}
	}
	vm.methods.Store(key, n)
	return n
}

// methodOf is what go/types calls a method, and what it knows of it; nil if its type has no name that is
// exported.
func (vm *Program) methodOf(rt reflect.Type, name string) (full string, obj types.Object) {
	star := ""
	if rt.Kind() == reflect.Pointer && rt.Name() == "" {
		rt, star = rt.Elem(), "*"
	}
	full = "(" + star + rt.PkgPath() + "." + rt.Name() + ")." + name
	pkg := std.Packages()[rt.PkgPath()]
	if pkg == nil {
		return full, nil
	}
	if t := pkg.Scope().Lookup(rt.Name()); t != nil {
		vm.codesMu.Lock() // go/types completes types when first asked
		defer vm.codesMu.Unlock()
		obj, _, _ = types.LookupFieldOrMethod(t.Type(), true, pkg, name)
		if f, ok := obj.(*types.Func); ok {
			full = library.MethodName(f)
		}
	}
	return full, obj
}

// encodedType is the script's type that a function is to encode; nil if it is none.
func encodedType(args []reflect.Value) types.Type {
	for _, a := range args {
		if a.Kind() == reflect.Interface && a.NumMethod() == 0 {
			if t, _ := unboxed(a.Interface()); t != nil {
				return t.typ
			}
		}
	}
	return nil
}

// encodeFailed words the error that encoding/json has returned.
func (n *nativeCall) encodeFailed(out []reflect.Value, t types.Type) {
	last := len(out) - 1
	if err, ok := out[last].Interface().(error); ok {
		err = n.vm.encodeWorded(err, t)
		out[last] = reflect.ValueOf(&err).Elem()
	}
}

// copyMaps gives a function that is no method of a map copies of those that it is given themselves.
func (n *nativeCall) copyMaps(args []reflect.Value) {
	for i, a := range args {
		if n.Shows == library.AsIs && n.ofMap == "" && a.Kind() == reflect.Map {
			args[i] = value.Snapshot(a)
		}
	}
}
