package machine

import (
	"unsafe"

	"wshd/plugins/script/value"
)

// Transfer copies arguments into a callee's frame, and results back.
type Transfer struct {
	From Ref
	To   uintptr
	Move value.Mover
}

// CallCode calls a function of the script; first, if there is one, is the argument before the others.
func CallCode(fr *Frame, code *Code, env unsafe.Pointer, moves []Transfer, first unsafe.Pointer, offs []uintptr, dst Ref) {
	callee := code.Enter(fr.G, fr)
	callee.bind(env)
	params := code.Params
	if first != nil {
		params[0].Move(callee.At(params[0].Off), first)
		params = params[1:]
	}
	for i, m := range moves {
		m.Move(callee.At(params[i].Off), m.From.At(fr))
	}
	callee.Run()
	fr.G.Top = fr
	callee.Store(fr, offs, dst)
	callee.leave()
}

// Store stores the results of the call where its caller wants them.
func (fr *Frame) Store(caller *Frame, offs []uintptr, dst Ref) {
	if len(offs) == 0 {
		return
	}
	p := dst.At(caller)
	for i, r := range fr.code.Results {
		r.Move(unsafe.Add(p, offs[i]), fr.At(r.Off))
	}
}

// Again calls a function of the script's with the arguments that set stores; result is where the result is.
func (fr *Frame) Again(cl *Closure, set func(callee *Frame), result func(p unsafe.Pointer)) {
	callee := cl.Code.Enter(fr.G, fr)
	callee.bind(cl.Env)
	set(callee)
	callee.Run()
	fr.G.Top = fr
	result(callee.At(cl.Code.Results[0].Off))
	callee.leave()
}
