package lower

import (
	"go/types"
	"reflect"
	"slices"

	"wshd/plugins/script/library"
	"wshd/plugins/script/library/encoding"
	"wshd/plugins/script/library/templates"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/std"
	"wshd/plugins/script/value"
)

// nativeCall is a function or method of the host's, and what is to be done when a script calls it.
type nativeCall struct {
	library.Row
	vm        *Program
	fn        reflect.Value // a method's takes the receiver first
	templates bool          // it is of the template packages
	ofMap     string        // the method's name, if it is one of a map
	steps     []step
	refuses   func(g *machine.G, args []reflect.Value)
}

// step is done before a call, and what it returns, unless that is nil, after it. The last step before is the first
// after.
type step func(g *machine.G, args []reflect.Value) (after func(out []reflect.Value))

func (vm *Program) nativeCall(fn reflect.Value, obj types.Object) *nativeCall {
	n := &nativeCall{Row: library.Of(obj, fn.Type()), vm: vm, fn: fn}
	if obj == nil || obj.Pkg() == nil {
		n.steps = []step{n.facts, n.begins, n.mapsApart}
		return n
	}
	if n.Instead != nil {
		n.fn = reflect.ValueOf(n.Instead)
	}
	if f, ok := obj.(*types.Func); ok && f.Signature().Recv() != nil && fn.Type().In(0).Kind() == reflect.Map {
		n.ofMap = obj.Name()
	}
	t := vm.templates.Call(obj)
	n.steps, n.templates = n.stepsOf(t), t != nil
	return n
}

// stepsOf are the steps in their order. t is of a function of templates; nil: it is none.
func (n *nativeCall) stepsOf(t *templates.Call) (list []step) {
	add := func(is bool, s step) {
		if is {
			list = append(list, s)
		}
	}
	add(n.Waits == machine.Talks, n.said)
	add(true, n.facts)
	add(n.Format >= 0, n.typeVerbs)
	add(n.Decoder.IsJSON, n.decodesJSON)
	add(n.Shows == library.Encode || n.Shows == library.EncodeXML, n.encodes)
	if t != nil {
		add(true, func(_ *machine.G, args []reflect.Value) (after func(out []reflect.Value)) {
			t.Before(args)
			return func(out []reflect.Value) { t.After(args, out) }
		})
	} else {
		add(n.Shows != library.AsIs, n.outwards)
	}
	add(n.Shows == library.Shown, n.spaces)
	add(n.Shows != library.AsIs && n.Shows != library.Bare, n.keepsApart)
	add(true, n.begins)
	add(n.Shows == library.AsIs && n.ofMap == "", n.mapsApart)
	add(sends[n.Name], n.sendsApart)
	return list
}

// call calls it with the arguments as the script has them.
func (n *nativeCall) call(g *machine.G, args []reflect.Value) (out []reflect.Value) {
	if n.refuses != nil {
		n.refuses(g, args)
		return nil
	}
	afters := make([]func(out []reflect.Value), 0, 8)
	for _, before := range n.steps {
		if after := before(g, args); after != nil {
			afters = append(afters, after)
		}
	}
	if n.Decoder.IsJSON {
		out = encoding.CallJSON(args, n.apart)
	} else {
		out = n.apart(args)
	}
	for _, after := range slices.Backward(afters) {
		after(out)
	}
	return out
}

// apart calls the function itself.
func (n *nativeCall) apart(args []reflect.Value) []reflect.Value {
	return callApart(n.fn, args, n.ofMap)
}

// asValue is the function as a value, which whoever has it calls as scripts call it.
func (n *nativeCall) asValue() reflect.Value {
	if n.plain() {
		return n.fn
	}
	return reflect.MakeFunc(n.fn.Type(), func(args []reflect.Value) []reflect.Value {
		return n.call(&machine.G{Machine: n.vm.Machine}, args)
	})
}

// plain reports whether nothing is to be done but to call it.
func (n *nativeCall) plain() bool {
	return n.Shows == library.AsIs && n.ofMap == "" && !n.templates && !n.Minds()
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
		vm.Checker.Lock() // go/types completes types when first asked
		defer vm.Checker.Unlock()
		obj, _, _ = types.LookupFieldOrMethod(t.Type(), true, pkg, name)
		if f, ok := obj.(*types.Func); ok {
			full = library.MethodName(f)
		}
	}
	return full, obj
}
