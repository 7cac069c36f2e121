package lower

import (
	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
)

func (c *compiler) goStmt(in *ssa.Go) machine.Op {
	keep, run := c.prepared(&in.Call)
	return func(fr *machine.Frame) {
		kept := keep(fr)
		kept.G, kept.Caller, kept.Site, kept.Depth, kept.Turns = &machine.G{Machine: fr.G.Machine, Top: kept}, nil, fr.Site, 0, 0
		fr.G.OneMore()
		go kept.G.Goroutine(kept, run)
	}
}
