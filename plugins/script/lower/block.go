package lower

import (
	"cmp"
	"go/token"
	"slices"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// blocks compiles all blocks that can be reached, each after one that leads to it.
func (c *compiler) blocks() {
	order := reached(c.fn)
	for _, b := range order {
		c.begin(b)
		c.first[b] = c.node
		for _, in := range b.Instrs {
			c.in, c.at = in, in.Pos()
			c.here = cmp.Or(c.at, c.here)
			c.emit(b, in)
		}
		c.last[b] = c.node
	}
	place := map[*ssa.BasicBlock]int{}
	for i, b := range order {
		place[b] = i
	}
	for _, b := range order {
		n := c.last[b]
		for i := range n.ways {
			to := b.Succs[i]
			n.ways[i].to = c.first[to]
			c.edge(&n.ways[i], b, to, place[to] <= place[b])
		}
	}
}

// reached lists the blocks of fn in reverse postorder: each before those it leads to, but for the ways
// back of loops. A block that only recovers is not among them.
func reached(fn *ssa.Function) []*ssa.BasicBlock {
	seen := map[*ssa.BasicBlock]bool{}
	var list []*ssa.BasicBlock
	var visit func(b *ssa.BasicBlock)
	visit = func(b *ssa.BasicBlock) {
		seen[b] = true
		for i := len(b.Succs) - 1; i >= 0; i-- {
			if s := b.Succs[i]; !seen[s] {
				visit(s)
			}
		}
		list = append(list, b)
	}
	visit(fn.Blocks[0])
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// emit compiles one instruction.
func (c *compiler) emit(b *ssa.BasicBlock, in ssa.Instruction) {
	switch in := in.(type) {
	case *ssa.Phi, *ssa.DebugRef: // phis are set on the way to them
	case *ssa.Extract, *ssa.Field: // found where the whole is
		c.explain(nil, in)
	case *ssa.BinOp:
		if c.isTested(in) {
			c.explain(nil, in)
		} else {
			c.nativeOp(in)
		}
	case *ssa.FieldAddr, *ssa.IndexAddr:
		if c.isAddressed(in.(ssa.Value)) {
			c.lastPos = cmp.Or(c.at, c.lastPos)
			c.explain(nil, in)
		} else {
			c.nativeOp(in)
		}
	case *ssa.Jump:
		c.node.ways = make([]way, 1)
	case *ssa.If:
		c.node.ways = make([]way, 2)
		if c.node.Test = c.testIn(in); c.node.Test == nil {
			c.node.Test = isTrue(c.ref(in.Cond))
		}
		c.node.last = in
	case *ssa.Return:
		c.returns(in)
	case *ssa.Call:
		if c.hears(in); !c.restAt(b, in) && !c.plainCall(b, in) {
			c.nativeOp(in)
		}
	case *ssa.Alloc:
		c.nativeOp(in)
		c.resultCell(in)
	default:
		if !c.restAt(b, in) {
			c.nativeOp(in)
		}
	}
}

func isTrue(r machine.Ref) machine.Test {
	return func(fr *machine.Frame) bool { return *(*bool)(r.At(fr)) }
}

// nativeOp has the instruction done by a native piece.
func (c *compiler) nativeOp(in ssa.Instruction) {
	if f := c.instruction(in); f != nil {
		c.add(f, in)
	}
}

// add adds a native piece to what is being compiled.
func (c *compiler) add(f machine.Op, in ssa.Instruction) {
	if c.at.IsValid() {
		c.lastPos = c.at
	}
	p := machine.Piece{Do: f}
	if in == nil || !c.harmless(in) {
		p.At = &machine.Site{Code: c.code, Pos: c.lastPos}
	}
	c.node.Pieces = append(c.node.Pieces, p)
	c.explain(f, in)
}

// returns leaves the results where the caller looks for them.
func (c *compiler) returns(in *ssa.Return) {
	if c.code.Defers && c.lostDefers() {
		c.runDefers(in)
	}
	if isHook(c.fn) {
		c.add(func(fr *machine.Frame) { fr.G.Returned = fr.Site }, nil)
	}
	if len(in.Results) > 0 {
		moves := c.transfers(in.Results, c.ref)
		code := c.code
		c.add(func(fr *machine.Frame) {
			for i, m := range moves {
				m.Move(fr.At(code.Results[i].Off), m.From.At(fr))
			}
		}, nil)
	}
	c.node.ends, c.node.last = true, in
}

// lostDefers reports whether go/ssa has left out the running of deferred calls, as it does where the
// only defer statements are in loops over functions.
func (c *compiler) lostDefers() bool {
	for _, b := range c.fn.Blocks {
		for _, in := range b.Instrs {
			if _, ok := in.(*ssa.RunDefers); ok {
				return false
			}
		}
	}
	return true
}

// runDefers runs the deferred calls, and reads the named results again.
func (c *compiler) runDefers(in *ssa.Return) {
	c.add(func(fr *machine.Frame) { fr.Home.RunDeferred() }, nil)
	for _, r := range in.Results {
		if load, ok := r.(*ssa.UnOp); ok && load.Op == token.MUL && load.Block() == in.Block() {
			if _, named := load.X.(*ssa.Alloc); named {
				c.nativeOp(load)
			}
		}
	}
}

// resultCell tells the frame where a named result lies, for when a panic has been recovered.
func (c *compiler) resultCell(in *ssa.Alloc) {
	if c.fn.Recover == nil || !c.code.Defers {
		return
	}
	last := c.fn.Recover.Instrs[len(c.fn.Recover.Instrs)-1]
	ret, ok := last.(*ssa.Return)
	if !ok {
		return
	}
	for i, r := range ret.Results {
		load, ok := r.(*ssa.UnOp)
		if !ok || load.X != ssa.Value(in) {
			continue
		}
		cell, n := c.ref(in), len(ret.Results)
		c.add(func(fr *machine.Frame) {
			if fr.Home.Cells == nil {
				fr.Home.Cells = make([]unsafe.Pointer, n)
			}
			fr.Home.Cells[i] = value.Pointer(cell.At(fr))
		}, nil)
	}
}

// edge compiles the way from one block to another: the values of the other's phis are set as if at once.
func (c *compiler) edge(w *way, from, to *ssa.BasicBlock, back bool) {
	pred := slices.Index(to.Preds, from)
	set := map[ssa.Value]bool{}
	conflict := false
	var phis []*ssa.Phi
	for _, in := range to.Instrs {
		phi, ok := in.(*ssa.Phi)
		if !ok {
			break
		}
		if v := phi.Edges[pred]; v != phi {
			conflict = conflict || set[whole(v)]
			phis = append(phis, phi)
		}
		set[phi] = true
	}
	c.explainPhis(w, phis, pred)
	var now, later []machine.Op
	for _, phi := range phis {
		rt := c.Laid(phi.Type())
		dst, src := c.ref(phi), c.ref(phi.Edges[pred])
		if dst == src {
			continue
		}
		if conflict {
			temp := machine.Ref{Off: c.code.Layout.Add(rt)}
			later = append(later, moveValue(rt, dst, temp))
			dst = temp
		}
		now = append(now, moveValue(rt, dst, src))
	}
	if back {
		w.Loop = c.loopSite(from, to)
	}
	w.Prepare = append(now, later...)
}
