package lower

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/value"
)

// operands says where the operands of a call lie: in the frame, or kept aside by go and defer.
type operands func(v ssa.Value) ref

// callOp compiles a call whose results go to dst.
func (c *compiler) callOp(call *ssa.CallCommon, at operands, dst ref) op {
	if call.IsInvoke() {
		return c.invoke(call, at, dst)
	}
	switch fn := call.Value.(type) {
	case *ssa.Builtin:
		return c.builtin(fn, call, at, dst)
	case *ssa.Function:
		if in := c.intrinsic(fn, call, at, dst); in != nil {
			return in
		}
		if fn.Blocks != nil {
			return c.direct(c.Program.code(fn), call, at, dst)
		}
		return c.callNative(c.nativeFunc(fn), fn.Object(), call, at, dst)
	}
	return c.dynamic(call, at, dst)
}

// transfer copies arguments into a callee's frame, and results back.
type transfer struct {
	from ref
	to   uintptr
	move value.Mover
}

func (c *compiler) transfers(args []ssa.Value, at operands) []transfer {
	list := make([]transfer, len(args))
	for i, a := range args {
		list[i] = transfer{from: at(a), move: value.MoverOf(c.rtype(a.Type()))}
	}
	return list
}

// resultOffsets are where the results of a call go, from dst on.
func (vm *Program) resultOffsets(sig *types.Signature) []uintptr {
	n := sig.Results().Len()
	offs := make([]uintptr, n)
	if n > 1 {
		rt := vm.rtype(sig.Results())
		for i := range offs {
			offs[i] = rt.Field(i).Offset
		}
	}
	return offs
}

// plainCall leaves the interpreter's call of a function that is its own to it. Functions that defer or
// rest are called natively, since what runs their deferred calls, or waits, is native.
func (c *compiler) plainCall(b *ssa.BasicBlock, in *ssa.Call) bool {
	fn, ok := in.Call.Value.(*ssa.Function)
	if !ok || fn.Blocks == nil || c.isIntrinsic(fn) || !c.code.interpreted {
		return false
	}
	code := c.Program.code(fn)
	if code.defers || code.rests || !code.interpreted {
		return false
	}
	moves := c.transfers(in.Call.Args, c.ref)
	c.add(func(fr *frame) {
		callee := code.enter(fr.g, fr)
		for i, m := range moves {
			m.move(callee.at(code.params[i].off), m.from.at(fr))
		}
		fr.Callee = callee
	}, in)
	c.code.callees = append(c.code.callees, code)
	c.node.calls, c.node.ways = code, make([]way, 1)
	before := c.node
	c.begin(b)
	c.node.leads, before.ways[0].to = true, c.node
	offs, dst := c.resultOffsets(in.Call.Signature()), c.result(in)
	c.add(func(fr *frame) {
		fr.Callee.store(fr, offs, dst)
		fr.Callee = nil
	}, nil)
	return true
}

// result is where the results of a call go.
func (c *compiler) result(in *ssa.Call) ref {
	if t, ok := in.Type().(*types.Tuple); ok && t.Len() == 0 {
		return ref{}
	}
	return c.ref(in)
}

// direct compiles a call of code that is known.
func (c *compiler) direct(code *Code, call *ssa.CallCommon, at operands, dst ref) op {
	moves := c.transfers(call.Args, at)
	offs := c.resultOffsets(call.Signature())
	return func(fr *frame) { callCode(fr, code, nil, moves, nil, offs, dst) }
}

// callCode calls a function of the script; first, if there is one, is the argument before the others.
func callCode(fr *frame, code *Code, env unsafe.Pointer, moves []transfer, first unsafe.Pointer, offs []uintptr, dst ref) {
	callee := code.enter(fr.g, fr)
	callee.bind(env)
	params := code.params
	if first != nil {
		params[0].move(callee.at(params[0].off), first)
		params = params[1:]
	}
	for i, m := range moves {
		m.move(callee.at(params[i].off), m.from.at(fr))
	}
	callee.run()
	fr.g.top = fr
	callee.store(fr, offs, dst)
	callee.leave()
}

// store stores the results of the call where its caller wants them.
func (fr *frame) store(caller *frame, offs []uintptr, dst ref) {
	if len(offs) == 0 {
		return
	}
	p := dst.at(caller)
	for i, r := range fr.code.results {
		r.move(unsafe.Add(p, offs[i]), fr.at(r.off))
	}
}

// dynamic compiles a call of a function value.
func (c *compiler) dynamic(call *ssa.CallCommon, at operands, dst ref) op {
	fn, rt := at(call.Value), c.rtype(call.Value.Type())
	moves := c.transfers(call.Args, at)
	argTypes := c.rtypes(call.Args)
	offs := c.resultOffsets(call.Signature())
	return func(fr *frame) {
		word := value.Pointer(fn.at(fr))
		if word == nil {
			panic(value.ErrNil)
		}
		cl := closureOf(word)
		if cl == nil {
			fr.g.native()
			at := fr.g.leaves(nil)
			defer fr.g.returns(at)
			callReflect(fr, value.At(rt, fn.at(fr)), moves, argTypes, offs, dst)
			return
		}
		callCode(fr, cl.code, cl.env, moves, nil, offs, dst)
	}
}

func (c *compiler) rtypes(vs []ssa.Value) []reflect.Type {
	list := make([]reflect.Type, len(vs))
	for i, v := range vs {
		list[i] = c.rtype(v.Type())
	}
	return list
}

// prepared compiles a go or defer statement's call. At the statement keep puts the operands aside, in a
// frame of their own; run makes the call, on that.
func (c *compiler) prepared(call *ssa.CallCommon) (keep func(fr *frame) *frame, run op) {
	var vs []ssa.Value
	if _, builtin := call.Value.(*ssa.Builtin); !builtin {
		if _, static := call.Value.(*ssa.Function); !static {
			vs = append(vs, call.Value)
		}
	}
	vs = append(vs, call.Args...)
	layout := newMemory()
	moves := c.transfers(vs, c.ref)
	places := map[ssa.Value]ref{}
	for i, v := range vs {
		moves[i].to = layout.add(c.rtype(v.Type()))
		places[v] = ref{off: moves[i].to}
	}
	at := func(v ssa.Value) ref { return places[v] }
	results := reflect.TypeFor[[1]uint64]()
	if sig := call.Signature(); sig.Results().Len() == 1 {
		results = c.rtype(sig.Results().At(0).Type())
	} else if sig.Results().Len() > 1 {
		results = c.rtype(sig.Results())
	}
	run = func(fr *frame) {} // recover recovers in a deferred function, not as one
	if b, ok := call.Value.(*ssa.Builtin); !ok || b.Name() != "recover" {
		run = c.callOp(call, at, ref{off: layout.add(results)})
	}
	made := layout.made()
	return func(fr *frame) *frame {
		kept := (*frame)(reflect.New(made).UnsafePointer())
		kept.g, kept.caller, kept.depth, kept.turns = fr.g, fr, fr.depth, fr.turns
		for _, m := range moves {
			m.move(kept.at(m.to), m.from.at(fr))
		}
		if call.IsInvoke() && value.Pointer(at(call.Value).at(kept)) == nil {
			panic(value.ErrNil)
		}
		return kept
	}, run
}
