package lower

import (
	"fmt"
	"reflect"
	"strings"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

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
	c.symbols[name] = reflect.ValueOf(taking(len(args), run))
	comment := ""
	for _, p := range group {
		if p.text != "" {
			comment += "// " + p.text + "\n"
		}
	}
	return comment + fmt.Sprintf("rt.%s(%s)\n", name, strings.Join(append([]string{"g", "d"}, args...), ", "))
}

// taking returns what the interpreter calls to have run called with n addresses. They come in
// interfaces, of which the second word is the address; lists of them cost more.
func taking(n int, run func(g *G, d int, args ...unsafe.Pointer)) any {
	word := func(a any) unsafe.Pointer { return (*[2]unsafe.Pointer)(unsafe.Pointer(&a))[1] }
	switch n {
	case 0:
		return func(g *G, d int) { run(g, d) }
	case 1:
		return func(g *G, d int, a any) { run(g, d, word(a)) }
	case 2:
		return func(g *G, d int, a, b any) { run(g, d, word(a), word(b)) }
	case 3:
		return func(g *G, d int, a, b, c any) { run(g, d, word(a), word(b), word(c)) }
	case 4:
		return func(g *G, d int, a, b, c, e any) { run(g, d, word(a), word(b), word(c), word(e)) }
	case 5:
		return func(g *G, d int, a, b, c, e, h any) { run(g, d, word(a), word(b), word(c), word(e), word(h)) }
	case 6:
		return func(g *G, d int, a, b, c, e, h, i any) {
			run(g, d, word(a), word(b), word(c), word(e), word(h), word(i))
		}
	case 7:
		return func(g *G, d int, a, b, c, e, h, i, j any) {
			run(g, d, word(a), word(b), word(c), word(e), word(h), word(i), word(j))
		}
	}
	return func(g *G, d int, list ...any) {
		args := make([]unsafe.Pointer, len(list))
		for i, a := range list {
			args[i] = word(a)
		}
		run(g, d, args...)
	}
}
