package lower

import (
	"fmt"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// emit writes one instruction.
func (c *compiler) emit(b *ssa.BasicBlock, in ssa.Instruction) {
	switch in := in.(type) {
	case *ssa.Phi, *ssa.DebugRef:
	case *ssa.Extract:
		switch {
		case c.done[in]:
		case len(c.group) > 0:
			src := c.ref(in.Tuple)
			src.off = c.tupleOffset(in.Tuple.Type().(*types.Tuple), in.Index)
			c.does[in] = true
			c.add(moveOp(moverOf(c.rtype(in.Type())), c.ref(in), src))
			c.explain(in)
		default:
			c.write("%s = %s\n", c.name(in), c.component(in))
		}
	case *ssa.Jump:
		c.write("%s", c.edge(b, b.Succs[0]))
	case *ssa.If:
		c.write("if %s {\n%s}\n%s", c.name(in.Cond), c.edge(b, b.Succs[0]), c.edge(b, b.Succs[1]))
	case *ssa.Return:
		c.returns(in)
	case *ssa.Panic:
		c.nativeOp(in)
		c.unreachable()
	case *ssa.Call:
		if !c.plainCall(in) {
			c.nativeOp(in)
		}
	case *ssa.BinOp:
		if len(c.group) > 0 || !c.plainBinOp(in) {
			c.nativeOp(in)
		}
	case *ssa.UnOp:
		if in.Op == token.NOT && len(c.group) == 0 {
			c.write("%s = !%s\n", c.name(in), c.name(in.X))
			return
		}
		c.nativeOp(in)
	case *ssa.Alloc:
		c.nativeOp(in)
		c.resultCell(in)
	default:
		c.nativeOp(in)
	}
}

// unreachable ends a block that control does not leave.
func (c *compiler) unreachable() {
	var zeros []string
	for r := range c.fn.Signature.Results().Variables() {
		zeros = append(zeros, c.variable(r.Type()))
	}
	c.leave(zeros)
}

func (c *compiler) returns(in *ssa.Return) {
	if c.code.defers && c.lostDefers() {
		c.runDefers(in)
	}
	var list []string
	for _, r := range in.Results {
		list = append(list, c.name(r))
	}
	c.leave(list)
}

func (c *compiler) leave(results []string) {
	if len(results) == 0 {
		results = []string{"0"}
	}
	c.write("return %s\n", strings.Join(results, ", "))
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
	home := c.hidden("fr")
	c.add(func(fr *frame) { (*Frame)(ptrAt(home.at(fr))).runDeferred() })
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
	if c.fn.Recover == nil || !c.code.defers {
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
		home, cell := c.hidden("fr"), c.ref(in)
		n := len(ret.Results)
		c.add(func(fr *frame) {
			f := (*Frame)(ptrAt(home.at(fr)))
			if f.cells == nil {
				f.cells = make([]unsafe.Pointer, n)
			}
			f.cells[i] = ptrAt(cell.at(fr))
		})
	}
}

// write writes plain Go.
func (c *compiler) write(format string, args ...any) {
	c.flush()
	fmt.Fprintf(&c.body, format, args...)
}

func hasLoop(fn *ssa.Function) bool {
	for _, b := range fn.Blocks {
		for _, s := range b.Succs {
			if s.Index <= b.Index {
				return true
			}
		}
	}
	return false
}

// edge writes the way from one block to another: the values of the other's phis are set as if at once.
func (c *compiler) edge(from, to *ssa.BasicBlock) string {
	var b strings.Builder
	if to.Index <= from.Index {
		b.WriteString("k = k + 1\nif k > 4000 {\nk = 0\nrt.Look(g)\n}\n")
	}
	edge := slices.Index(to.Preds, from)
	set := map[ssa.Value]bool{}
	conflict := false
	var phis []*ssa.Phi
	for _, in := range to.Instrs {
		phi, ok := in.(*ssa.Phi)
		if !ok {
			break
		}
		conflict = conflict || set[phi.Edges[edge]] && phi.Edges[edge] != phi
		set[phi] = true
		phis = append(phis, phi)
	}
	var later strings.Builder
	for _, phi := range phis {
		v := phi.Edges[edge]
		if v == phi {
			continue
		}
		if conflict {
			temp := c.variable(phi.Type())
			fmt.Fprintf(&b, "%s = %s\n", temp, c.name(v))
			fmt.Fprintf(&later, "%s = %s\n", c.name(phi), temp)
		} else {
			fmt.Fprintf(&later, "%s = %s\n", c.name(phi), c.name(v))
		}
	}
	return b.String() + later.String() + fmt.Sprintf("goto L%d\n", to.Index)
}
