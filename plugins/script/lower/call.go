package lower

import (
	"go/types"
	"reflect"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// operands says where the operands of a call lie: in the frame, or kept aside by go and defer.
type operands func(v ssa.Value) machine.Ref

// callOp compiles a call whose results go to dst.
func (c *compiler) callOp(call *ssa.CallCommon, at operands, dst machine.Ref) machine.Op {
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

func (c *compiler) transfers(args []ssa.Value, at operands) []machine.Transfer {
	list := make([]machine.Transfer, len(args))
	for i, a := range args {
		list[i] = machine.Transfer{From: at(a), Move: value.MoverOf(c.Laid(a.Type()))}
	}
	return list
}

// resultOffsets are where the results of a call go, from dst on.
func (vm *Program) resultOffsets(sig *types.Signature) []uintptr {
	n := sig.Results().Len()
	offs := make([]uintptr, n)
	if n > 1 {
		rt := vm.Laid(sig.Results())
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
	if !ok || fn.Blocks == nil || c.isIntrinsic(fn) || !c.code.Interpreted {
		return false
	}
	code := c.Program.code(fn)
	if code.Defers || code.Rests || !code.Interpreted {
		return false
	}
	moves := c.transfers(in.Call.Args, c.ref)
	c.add(func(fr *machine.Frame) {
		callee := code.Enter(fr.G, fr)
		for i, m := range moves {
			m.Move(callee.At(code.Params[i].Off), m.From.At(fr))
		}
		fr.Callee = callee
	}, in)
	c.code.Callees = append(c.code.Callees, code)
	c.node.calls, c.node.ways = code, make([]way, 1)
	before := c.node
	c.begin(b)
	c.node.leads, before.ways[0].to = true, c.node
	offs, dst := c.resultOffsets(in.Call.Signature()), c.result(in)
	c.add(func(fr *machine.Frame) {
		fr.Callee.Store(fr, offs, dst)
		fr.Callee = nil
	}, nil)
	return true
}

// result is where the results of a call go.
func (c *compiler) result(in *ssa.Call) machine.Ref {
	if t, ok := in.Type().(*types.Tuple); ok && t.Len() == 0 {
		return machine.Ref{}
	}
	return c.ref(in)
}

// direct compiles a call of code that is known.
func (c *compiler) direct(code *machine.Code, call *ssa.CallCommon, at operands, dst machine.Ref) machine.Op {
	moves := c.transfers(call.Args, at)
	offs := c.resultOffsets(call.Signature())
	return func(fr *machine.Frame) { machine.CallCode(fr, code, nil, moves, nil, offs, dst) }
}

// dynamic compiles a call of a function value.
func (c *compiler) dynamic(call *ssa.CallCommon, at operands, dst machine.Ref) machine.Op {
	fn, rt := at(call.Value), c.Laid(call.Value.Type())
	moves := c.transfers(call.Args, at)
	argTypes := c.rtypes(call.Args)
	offs := c.resultOffsets(call.Signature())
	return func(fr *machine.Frame) {
		word := value.Pointer(fn.At(fr))
		if word == nil {
			panic(value.ErrNil)
		}
		cl := machine.ClosureOf(word)
		if cl == nil {
			fr.G.Native()
			at := fr.G.Leaves(nil)
			defer fr.G.Returns(at)
			callReflect(fr, value.At(rt, fn.At(fr)), moves, argTypes, offs, dst)
			return
		}
		machine.CallCode(fr, cl.Code, cl.Env, moves, nil, offs, dst)
	}
}

func (c *compiler) rtypes(vs []ssa.Value) []reflect.Type {
	list := make([]reflect.Type, len(vs))
	for i, v := range vs {
		list[i] = c.Laid(v.Type())
	}
	return list
}

// prepared compiles a go or defer statement's call. At the statement keep puts the operands aside, in a
// frame of their own; run makes the call, on that.
func (c *compiler) prepared(call *ssa.CallCommon) (keep func(fr *machine.Frame) *machine.Frame, run machine.Op) {
	var vs []ssa.Value
	if _, builtin := call.Value.(*ssa.Builtin); !builtin {
		if _, static := call.Value.(*ssa.Function); !static {
			vs = append(vs, call.Value)
		}
	}
	vs = append(vs, call.Args...)
	layout := machine.NewMemory()
	moves := c.transfers(vs, c.ref)
	places := map[ssa.Value]machine.Ref{}
	for i, v := range vs {
		moves[i].To = layout.Add(c.Laid(v.Type()))
		places[v] = machine.Ref{Off: moves[i].To}
	}
	at := func(v ssa.Value) machine.Ref { return places[v] }
	results := reflect.TypeFor[[1]uint64]()
	if sig := call.Signature(); sig.Results().Len() == 1 {
		results = c.Laid(sig.Results().At(0).Type())
	} else if sig.Results().Len() > 1 {
		results = c.Laid(sig.Results())
	}
	run = func(fr *machine.Frame) {} // recover recovers in a deferred function, not as one
	if b, ok := call.Value.(*ssa.Builtin); !ok || b.Name() != "recover" {
		run = c.callOp(call, at, machine.Ref{Off: layout.Add(results)})
	}
	made := layout.Made()
	invokes, recv := call.IsInvoke(), machine.Ref{}
	if invokes {
		recv = at(call.Value)
	}
	return func(fr *machine.Frame) *machine.Frame {
		kept := (*machine.Frame)(reflect.New(made).UnsafePointer())
		kept.G, kept.Caller, kept.Depth, kept.Turns = fr.G, fr, fr.Depth, fr.Turns
		for _, m := range moves {
			m.Move(kept.At(m.To), m.From.At(fr))
		}
		if invokes && value.Pointer(recv.At(kept)) == nil {
			panic(value.ErrNil)
		}
		return kept
	}, run
}
