package lower

import (
	"go/token"
	"go/types"
	"reflect"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
)

// Some instructions are done where the one is that they are for: comparisons where the way is chosen,
// and addresses where something is loaded from them or stored there.

// onlyUse is the instruction of the same block that alone uses v; nil: there is no such.
func onlyUse(v ssa.Value) ssa.Instruction {
	in, ok := v.(ssa.Instruction)
	if !ok || v.Referrers() == nil {
		return nil
	}
	var use ssa.Instruction
	for _, r := range *v.Referrers() {
		if _, ok := r.(*ssa.DebugRef); ok {
			continue
		}
		if use != nil || r.Block() != in.Block() {
			return nil
		}
		use = r
	}
	return use
}

// testIn is the comparison that an If chooses by, if it is of numbers or strings and of use for nothing
// else.
func (c *compiler) testIn(in *ssa.If) machine.Test {
	b, ok := in.Cond.(*ssa.BinOp)
	if !ok || onlyUse(b) != ssa.Instruction(in) {
		return nil
	}
	compare := numbersOf[c.Laid(b.X.Type()).Kind()].test
	if _, isString := b.X.Type().Underlying().(*types.Basic); isString && c.Laid(b.X.Type()).Kind() == reflect.String {
		compare = testOf[string]
	}
	if compare == nil {
		return nil
	}
	return compare(b.Op, c.ref(b.X), c.ref(b.Y))
}

// isTested reports whether the comparison is left to where the way is chosen.
func (c *compiler) isTested(in *ssa.BinOp) bool {
	use, ok := onlyUse(in).(*ssa.If)
	return ok && c.testIn(use) != nil
}

// share has what is computed only for a variable of the next block computed where that lies: from there on,
// to where the variable gets it, nobody reads what it was.
func (c *compiler) share() {
	for _, b := range c.fn.Blocks {
		for _, in := range b.Instrs {
			phi, ok := in.(*ssa.Phi)
			if !ok {
				break
			}
			for i, from := range b.Preds {
				if v, ok := phi.Edges[i].(*ssa.BinOp); ok && v.Block() == from && len(from.Succs) == 1 && c.mayShare(v, phi, i) {
					c.slots[v] = c.ref(phi)
				}
			}
		}
	}
}

func (c *compiler) mayShare(v *ssa.BinOp, phi *ssa.Phi, edge int) bool {
	for _, r := range *v.Referrers() {
		if _, ok := r.(*ssa.DebugRef); !ok && r != ssa.Instruction(phi) {
			return false
		}
	}
	for _, in := range phi.Block().Instrs {
		other, ok := in.(*ssa.Phi)
		if !ok {
			break
		}
		if e := other.Edges[edge]; other != phi && (whole(e) == ssa.Value(phi) || e == ssa.Value(v)) {
			return false
		}
	}
	after := false
	for _, in := range v.Block().Instrs {
		if after {
			for _, x := range in.Operands(nil) {
				if *x != nil && whole(*x) == ssa.Value(phi) {
					return false
				}
			}
		}
		after = after || in == ssa.Instruction(v)
	}
	return true
}

// isAddressed reports whether the address is left to what loads from it or stores there, and nothing that
// may fail or have an effect comes between.
func (c *compiler) isAddressed(v ssa.Value) bool {
	use := onlyUse(v)
	switch use := use.(type) {
	case *ssa.UnOp:
		if use.Op != token.MUL {
			return false
		}
	case *ssa.Store:
		if use.Addr != v || use.Val == v {
			return false
		}
	default:
		return false
	}
	if c.accessed(v, use) == nil {
		return false
	}
	between := false
	for _, in := range v.(ssa.Instruction).Block().Instrs {
		switch {
		case in == use:
			return true
		case in == v.(ssa.Instruction):
			between = true
		case between && !c.harmless(in):
			return false
		}
	}
	return false
}

// harmless reports whether an instruction neither fails nor changes what others read.
func (c *compiler) harmless(in ssa.Instruction) bool {
	switch in := in.(type) {
	case *ssa.DebugRef, *ssa.Extract, *ssa.Field:
		return true
	case *ssa.BinOp:
		n := numbersOf[c.Laid(in.X.Type()).Kind()]
		if in.Op == token.QUO || in.Op == token.REM || in.Op == token.SHL || in.Op == token.SHR {
			return false
		}
		return n.test != nil
	}
	return false
}

// accessed compiles an address with what is done there; nil: there is no piece for both.
func (c *compiler) accessed(v ssa.Value, use ssa.Instruction) machine.Op {
	acc := accessOf(c.Laid(elem(v.Type())))
	if acc == nil {
		return nil
	}
	load, loads := use.(*ssa.UnOp)
	var val machine.Ref
	if !loads {
		if val = c.ref(use.(*ssa.Store).Val); val.Abs != nil {
			return nil
		}
	}
	switch v := v.(type) {
	case *ssa.FieldAddr:
		p := c.ref(v.X)
		if p.Abs != nil || c.refuseTree(v) != nil {
			return nil
		}
		off := c.Laid(elem(v.X.Type())).Field(v.Field).Offset
		if loads {
			return acc.load(c.ref(load).Off, p.Off, off)
		}
		return acc.store(p.Off, off, val.Off)
	case *ssa.IndexAddr:
		s, i := c.ref(v.X), c.ref(v.Index)
		if _, ok := v.X.Type().Underlying().(*types.Slice); !ok || s.Abs != nil || i.Abs != nil || c.Laid(v.Index.Type()).Kind() != reflect.Int {
			return nil
		}
		if loads {
			return acc.loadIndex(c.ref(load).Off, s.Off, i.Off)
		}
		return acc.storeIndex(s.Off, i.Off, val.Off)
	}
	return nil
}
