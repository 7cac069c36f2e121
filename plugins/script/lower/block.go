package lower

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
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

// A piece is a native piece of the script, and where it stands.
type piece struct {
	do   op
	at   *site
	text string // what it does, for people
}

// maxOperands is how many addresses one native call is given at most, about.
const maxOperands = 12

// nativeOp has the instruction done by a native piece.
func (c *compiler) nativeOp(in ssa.Instruction) {
	if f := c.instruction(in); f != nil {
		c.does[in] = true
		c.add(f)
		c.explain(in)
	}
}

// explain says what the last piece does.
func (c *compiler) explain(in ssa.Instruction) {
	if !c.limits.Explain {
		return
	}
	text := in.String()
	if v, ok := in.(ssa.Value); ok && v.Name() != "" {
		text = v.Name() + " = " + text
	}
	if len(c.group) > 0 {
		c.group[len(c.group)-1].text = text
	}
}

// add puts a native piece into the group that is being made: pieces that follow each other are done in
// one call, which costs more than most of them.
func (c *compiler) add(f op) {
	at := &site{c.code.name, c.at}
	if !c.at.IsValid() {
		at.pos = c.last
	} else {
		c.last = c.at
	}
	c.group = append(c.group, piece{do: f, at: at})
	if len(c.order) >= maxOperands {
		c.flush()
	}
}

// flush writes the call of the group. Variables that nothing else uses are not the interpreter's: they
// lie in memory that each call makes.
func (c *compiler) flush() {
	if len(c.group) > 0 {
		var args []string
		var own []reflect.StructField
		var size uintptr
		for _, name := range c.order {
			p := c.places[name]
			if !c.isOwn(p.v) {
				p.arg = len(args)
				args = append(args, "&"+name)
				continue
			}
			rt := c.rtype(p.v.Type())
			align := uintptr(rt.Align())
			p.arg, p.off = -1, (size+align-1)&^(align-1)
			size = p.off + rt.Size()
			own = append(own, reflect.StructField{Name: fmt.Sprint("V", len(own)), Type: rt})
			c.vars[c.decls[name]] = ""
		}
		c.body.WriteString(c.native(c.group, args, own))
	}
	c.group, c.order = nil, nil
	clear(c.places)
	clear(c.does)
}

// isOwn reports whether a value is made by the group and used by nothing else.
func (c *compiler) isOwn(v ssa.Value) bool {
	in, ok := v.(ssa.Instruction)
	if !ok || !c.does[in] {
		return false
	}
	for _, r := range *v.Referrers() {
		if _, debug := r.(*ssa.DebugRef); !debug && !c.does[r] {
			return false
		}
	}
	return true
}

// write writes plain Go.
func (c *compiler) write(format string, args ...any) {
	c.flush()
	fmt.Fprintf(&c.body, format, args...)
}

// native makes a symbol of native pieces and writes their call.
func (c *compiler) native(group []piece, args []string, own []reflect.StructField) string {
	name := fmt.Sprintf("N%d", len(c.symbols))
	var memory reflect.Type
	if len(own) > 0 {
		memory = reflect.StructOf(own)
	}
	run := func(g *G, d int, args ...unsafe.Pointer) {
		fr := &frame{g: g, call: d, args: args}
		if memory != nil {
			fr.mem = reflect.New(memory).UnsafePointer()
		}
		for _, p := range group {
			g.site = p.at
			p.do(fr)
		}
	}
	word := func(a any) unsafe.Pointer { return (*[2]unsafe.Pointer)(unsafe.Pointer(&a))[1] }
	var fn any
	switch len(args) {
	case 0:
		fn = func(g *G, d int) { run(g, d) }
	case 1:
		fn = func(g *G, d int, a any) { run(g, d, word(a)) }
	case 2:
		fn = func(g *G, d int, a, b any) { run(g, d, word(a), word(b)) }
	case 3:
		fn = func(g *G, d int, a, b, c any) { run(g, d, word(a), word(b), word(c)) }
	case 4:
		fn = func(g *G, d int, a, b, c, e any) { run(g, d, word(a), word(b), word(c), word(e)) }
	case 5:
		fn = func(g *G, d int, a, b, c, e, h any) { run(g, d, word(a), word(b), word(c), word(e), word(h)) }
	case 6:
		fn = func(g *G, d int, a, b, c, e, h, i any) {
			run(g, d, word(a), word(b), word(c), word(e), word(h), word(i))
		}
	case 7:
		fn = func(g *G, d int, a, b, c, e, h, i, j any) {
			run(g, d, word(a), word(b), word(c), word(e), word(h), word(i), word(j))
		}
	default:
		fn = func(g *G, d int, list ...any) {
			args := make([]unsafe.Pointer, len(list))
			for i, a := range list {
				args[i] = word(a)
			}
			run(g, d, args...)
		}
	}
	c.symbols[name] = reflect.ValueOf(fn)
	comment := ""
	for _, p := range group {
		if p.text != "" {
			comment += "// " + p.text + "\n"
		}
	}
	return comment + fmt.Sprintf("rt.%s(%s)\n", name, strings.Join(append([]string{"g", "d"}, args...), ", "))
}

// plainCall writes the call of a function of the script.
func (c *compiler) plainCall(in *ssa.Call) bool {
	fn, ok := in.Call.Value.(*ssa.Function)
	if !ok || fn.Blocks == nil || c.isIntrinsic(fn) {
		return false
	}
	code := c.Program.code(fn)
	for _, p := range code.params {
		if k := p.rt.Kind(); k >= reflect.Float32 && k <= reflect.Complex128 || k == reflect.Array || k == reflect.Struct {
			return false // yaegi does not pass on arguments that equal zero, as -0 does
		}
	}
	args := []string{"g", "d+1"}
	if code.takesOf {
		switch {
		case c.code.takesOf && c.fn.Synthetic != "":
			args = append(args, "of")
		default:
			args = append(args, "rt.NoFrame")
		}
	}
	for _, a := range in.Call.Args {
		args = append(args, c.name(a))
	}
	call := fmt.Sprintf("F%d(%s)\n", code.number, strings.Join(args, ", "))
	switch n := len(code.results); n {
	case 0:
		c.write("%s", call)
	case 1:
		c.write("%s = %s", c.name(in), call)
	default:
		temps := make([]string, n)
		for _, r := range *in.Referrers() {
			if e, ok := r.(*ssa.Extract); ok && temps[e.Index] == "" {
				temps[e.Index] = c.name(e)
				c.done[e] = true
			}
		}
		for i := range temps {
			if temps[i] == "" {
				temps[i] = c.variable(in.Type().(*types.Tuple).At(i).Type())
			}
		}
		c.write("%s = %s", strings.Join(temps, ", "), call)
		for _, r := range *in.Referrers() {
			if e, ok := r.(*ssa.Extract); ok && !c.done[e] {
				c.done[e] = true
				c.write("%s = %s\n", c.name(e), temps[e.Index])
			}
		}
	}
	return true
}

var plainOps = []token.Token{token.ADD, token.SUB, token.MUL, token.AND, token.OR, token.XOR, token.AND_NOT,
	token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ}

// plainBinOp writes an operation that the interpreter does rightly.
func (c *compiler) plainBinOp(in *ssa.BinOp) bool {
	k := c.rtype(in.X.Type()).Kind()
	isInt := k >= reflect.Int && k <= reflect.Uintptr
	isReal := k == reflect.Float32 || k == reflect.Float64
	if !slices.Contains(plainOps, in.Op) || !isInt && !isReal && k != reflect.String || c.rtype(in.Y.Type()).Kind() != k {
		return false
	}
	_, constX := in.X.(*ssa.Const)
	_, constY := in.Y.(*ssa.Const)
	if constX && constY {
		return false
	}
	c.write("%s = %s %s %s\n", c.name(in), c.name(in.X), strings.Replace(in.Op.String(), "AND_NOT", "&^", 1), c.name(in.Y))
	return true
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
