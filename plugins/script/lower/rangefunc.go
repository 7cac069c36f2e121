package lower

import (
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// What the runtime says of an iterator function that does not keep to the rules.
const (
	errYieldAfterFalse = value.RuntimeError("range function continued iteration after function for loop body returned false")
	errYieldAfterPanic = value.RuntimeError("range function continued iteration after loop body panic")
	errYieldAfterExit  = value.RuntimeError("range function continued iteration after whole loop exit")
	errPanicLost       = value.RuntimeError("range function recovered a loop body panic and did not resume panicking")
)

// panicOp compiles a panic. go/ssa has its own words for those of loops over functions.
func (c *compiler) panicOp(in *ssa.Panic) machine.Op {
	switch b := in.Block(); b.Comment {
	case "rangefunc.resume.busy":
		return func(fr *machine.Frame) { panic(errPanicLost) }
	case "yield-invalid":
		// if *jump == READY goto yield-loop else yield-invalid
		before := b.Preds[0].Instrs
		jump := c.ref(before[len(before)-1].(*ssa.If).Cond.(*ssa.BinOp).X.(*ssa.UnOp).X)
		return func(fr *machine.Frame) {
			switch state := *(*int)(*(*unsafe.Pointer)(jump.At(fr))); {
			case state > 0:
				panic(errYieldAfterFalse)
			case state == -1:
				panic(errYieldAfterPanic)
			}
			panic(errYieldAfterExit)
		}
	}
	x := c.ref(in.X)
	return func(fr *machine.Frame) { fr.G.Panic(*(*any)(x.At(fr))) }
}
