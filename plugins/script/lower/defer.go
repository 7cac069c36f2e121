package lower

import (
	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
)

func (c *compiler) deferStmt(in *ssa.Defer) machine.Op {
	keep, run := c.prepared(&in.Call)
	if in.DeferStack == nil {
		c.needHome()
		return func(fr *machine.Frame) {
			fr.Home.Deferred = append(fr.Home.Deferred, machine.Deferred{Kept: keep(fr), Run: run})
		}
	}
	stack := c.ref(in.DeferStack)
	return func(fr *machine.Frame) {
		to := *(**machine.Pending)(stack.At(fr))
		to.Deferred = append(to.Deferred, machine.Deferred{Kept: keep(fr), Run: run})
	}
}
