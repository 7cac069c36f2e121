package lower

import (
	"go/token"
	"slices"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/library"
	"wshd/plugins/script/machine"
)

// A call by way of the interpreter takes 4 KiB of stack, and most connections wait most of the time. So
// hooks of more than a few run on stacks that connections share: where TransferData itself waits, it returns from the
// interpreter, the connection's own goroutine waits, and then the interpreter goes on from there, on
// whatever stack is free.

// mayRest reports whether an instruction waits for something for as long as that takes.
func mayRest(in ssa.Instruction) bool {
	switch in := in.(type) {
	case *ssa.Call:
		fn := in.Call.StaticCallee()
		return fn != nil && fn.Blocks == nil && slices.Contains(library.Resting, originName(fn))
	case *ssa.Select:
		return in.Blocking
	case *ssa.UnOp:
		return in.Op == token.ARROW
	}
	return false
}

// restAt compiles an instruction that waits, in a function that rests: the interpreter is left before it
// and entered after it.
func (c *compiler) restAt(b *ssa.BasicBlock, in ssa.Instruction) bool {
	if !c.code.Rests || !mayRest(in) {
		return false
	}
	c.code.RestsAt = append(c.code.RestsAt, machine.Rest{Do: c.instruction(in), At: &machine.Site{Code: c.code, Pos: c.at}})
	n := len(c.code.RestsAt)
	c.add(func(fr *machine.Frame) { fr.Entry = n }, in)
	before := c.node
	c.begin(b)
	before.Rests, before.ways = true, []way{{to: c.node}}
	c.node.entry = n
	return true
}
