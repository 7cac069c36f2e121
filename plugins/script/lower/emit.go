package lower

import (
	"fmt"
	"go/token"
	"strings"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
)

// compiler compiles one function. One that does not wait is a native piece as it is. Of one that does,
// the blocks are put together to regions, each of which is one native call; what is left for the
// interpreter is the way from region to region, and the calls of functions that wait too.
type compiler struct {
	*Program
	fn      *ssa.Function
	code    *machine.Code
	in      ssa.Instruction // being compiled
	at      token.Pos       // of that
	slots   map[ssa.Value]machine.Ref
	node    *node                     // to which pieces are added
	first   map[*ssa.BasicBlock]*node // of each block
	last    map[*ssa.BasicBlock]*node
	nodes   []*node // in the order in which blocks are reached
	regions []*region
	text    strings.Builder
}

// compile compiles fn, and writes its text for the interpreter if it is that one's.
func (vm *Program) compile(fn *ssa.Function) {
	c := &compiler{Program: vm, fn: fn, code: vm.codes[fn], slots: map[ssa.Value]machine.Ref{},
		first: map[*ssa.BasicBlock]*node{}, last: map[*ssa.BasicBlock]*node{}}
	defer func() { vm.noteRefusal(recover(), c.at, near(c.in), fn.Pos(), vm.mentions[fn]) }()
	if fn.Blocks == nil {
		c.refuse(&unknown, fn)
	}
	for i, p := range fn.Params {
		c.slots[p] = machine.Ref{Off: c.code.Params[i].Off}
	}
	for i, v := range fn.FreeVars {
		c.slots[v] = machine.Ref{Off: c.code.Vars[i].Off}
	}
	c.share()
	c.blocks()
	if c.code.Interpreted {
		c.divide()
		c.write()
	} else if c.whole(); c.Limits.Explain {
		c.code.Text = c.listing()
	}
	c.code.Frame = c.code.Layout.Made()
	c.code.Layout = nil
	c.letGo()
}

// letGo lets go of what has been compiled: go/ssa's functions take many times what is made of them.
func (c *compiler) letGo() {
	nodes := c.nodes
	for _, r := range c.regions {
		nodes = append(nodes, r.nodes...)
		r.nodes, r.exits = nil, nil
	}
	for _, n := range nodes {
		n.ways, n.lines, n.last, n.interpreterNode = nil, nil, nil, interpreterNode{}
	}
}

// describe fills in what callers of fn must know, before it is compiled.
func (vm *Program) describe(c *machine.Code, fn *ssa.Function) {
	defer func() { vm.noteRefusal(recover(), fn.Pos(), vm.mentions[fn]) }()
	c.Layout = machine.NewMemory()
	for _, v := range fn.FreeVars {
		c.Vars = append(c.Vars, c.SlotFor(vm.Laid(v.Type())))
	}
	for i, et := 0, envType(vm, fn); i < len(c.Vars); i++ {
		c.Vars[i].Env = et.Field(i).Offset
	}
	for _, p := range fn.Params {
		c.Params = append(c.Params, c.SlotFor(vm.Laid(p.Type())))
	}
	for r := range fn.Signature.Results().Variables() {
		c.Results = append(c.Results, c.SlotFor(vm.Laid(r.Type())))
	}
	c.TakesOf = fn.Synthetic != "" && fn.Syntax() == nil && fn.Name() != "init"
	c.Interpreted = vm.begins(fn)
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			c.Interpreted = c.Interpreted || isWait(in)
			c.Rests = c.Rests || mayRest(in)
			switch in := in.(type) {
			case *ssa.Defer:
				c.Defers = true
			case *ssa.Call:
				if b, ok := in.Call.Value.(*ssa.Builtin); ok {
					c.TakesOf = c.TakesOf || b.Name() == "recover"
					c.Defers = c.Defers || b.Name() == "ssa:deferstack"
				}
			}
		}
	}
	c.Rests = c.Rests && isHook(fn) && fn.Name() == "TransferData"
	c.Shares = c.Rests || isHook(fn) && fn.Name() == "DoExtraHandshake"
	c.Passes = c.TakesOf && fn.Synthetic != ""
}

// write writes the function for the interpreter.
func (c *compiler) write() {
	c.text.WriteString(c.heading())
	for i, r := range c.regions {
		var next *region
		if i+1 < len(c.regions) {
			next = c.regions[i+1]
		}
		c.writeRegion(r, next)
	}
	c.text.WriteString("}\n")
	c.code.Text = c.text.String()
}

// writeRegion writes the call of a region, and where to go from there.
func (c *compiler) writeRegion(r, next *region) {
	if r.aimed {
		fmt.Fprintf(&c.text, "L%d:\n", r.number)
	}
	if c.Limits.Explain {
		c.text.WriteString(r.explained())
	}
	if !r.idle() {
		fmt.Fprintf(&c.text, "rt.N%d(fr)\n", len(c.natives))
		c.natives = append(c.natives, r.native())
	}
	for i := 1; i < len(r.exits); i++ {
		isOut := fmt.Sprintf("fr.Out == %d", i)
		if len(r.exits) == 2 {
			isOut = "fr.Aside"
		}
		fmt.Fprintf(&c.text, "if %s {\n%s}\n", isOut, c.leave(r.exits[i], nil))
	}
	if len(r.exits) > 0 {
		c.text.WriteString(c.leave(r.exits[0], next))
	} else {
		c.text.WriteString("return 0\n")
	}
}

// leave is what the interpreter does where a region is left. next is the region that is written next.
func (c *compiler) leave(e *exit, next *region) string {
	if e.call != nil {
		return fmt.Sprintf("F%d(fr.Callee)\n", e.call.Number) + c.onward(e, next)
	}
	return c.onward(e, next)
}

func (c *compiler) onward(e *exit, next *region) string {
	switch {
	case e.to == nil && c.code.Rests:
		return "return fr.Left\n"
	case e.to == nil:
		return "return 0\n"
	case e.to == next:
		return ""
	}
	return fmt.Sprintf("goto L%d\n", e.to.number)
}
