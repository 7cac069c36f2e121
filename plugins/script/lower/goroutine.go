package lower

import "golang.org/x/tools/go/ssa"

func (c *compiler) goStmt(in *ssa.Go) op {
	keep, run := c.prepared(&in.Call)
	return func(fr *frame) {
		kept := keep(fr)
		kept.g, kept.caller, kept.site, kept.depth, kept.turns = &G{vm: fr.g.vm, top: kept}, nil, fr.site, 0, 0
		go kept.g.goroutine(kept, run)
	}
}

// goroutine runs a go statement's call. A panic ends the goroutine and is reported, not the process.
func (g *G) goroutine(fr *frame, run op) {
	defer func() {
		if r := recover(); r != nil {
			g.vm.failed(g.caught(r))
		}
	}()
	run(fr)
}

// failed tells of a panic that ends a goroutine.
func (vm *Program) failed(p *Panic) {
	if !p.fatal && vm.limits.Failed != nil {
		vm.limits.Failed(p)
	}
}
