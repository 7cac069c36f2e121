package lower

import (
	"fmt"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// compiler writes one function in the plain Go that the interpreter runs rightly: variables of basic
// and opaque types, assignments, arithmetic, goto, calls of functions. All else is a call of a native
// piece, which is given the addresses of the variables it works on.
type compiler struct {
	*Program
	fn    *ssa.Function
	code  *Code
	at    token.Pos // of the instruction being compiled
	names map[ssa.Value]string
	vars  []string // declarations
	body  strings.Builder
	temps int
	done  map[*ssa.Extract]bool // parts of tuples that are in variables of their own already

	group  []piece                  // native pieces that are to be done in one call
	does   map[ssa.Instruction]bool // the instructions that they do
	places map[string]*place        // the variables that they work on
	order  []string                 // their names
	decls  map[string]int           // where in vars a variable is declared
}

func (c *compiler) refuse(format string, args ...any) {
	panic(refusal{c.at, fmt.Sprintf(format, args...)})
}

// compile writes fn into vm.text.
func (vm *Program) compile(fn *ssa.Function) {
	c := &compiler{Program: vm, fn: fn, code: vm.codes[fn], names: map[ssa.Value]string{}, done: map[*ssa.Extract]bool{}, places: map[string]*place{}, does: map[ssa.Instruction]bool{}, decls: map[string]int{}}
	defer func() { vm.noteRefusal(recover(), c.at, fn.Pos()) }()
	if fn.Blocks == nil {
		c.refuse("%s cannot be had in scripts", fn)
	}
	c.function()
}

// noteRefusal keeps what a refusal said that has been recovered, with the first position that is known.
func (vm *Program) noteRefusal(r any, places ...token.Pos) {
	no, ok := r.(refusal)
	if !ok && r != nil {
		panic(r)
	}
	at := no.pos
	for _, p := range places {
		if !at.IsValid() {
			at = p
		}
	}
	if r != nil {
		vm.refused = append(vm.refused, Refusal{at, no.msg})
	}
}

// describe fills in what callers of fn must know, before its text is written.
func (vm *Program) describe(c *Code, fn *ssa.Function) {
	defer func() { vm.noteRefusal(recover(), fn.Pos()) }()
	for _, v := range fn.FreeVars {
		c.vars = append(c.vars, slotOf(vm.rtype(v.Type())))
	}
	c.envType = envType(vm, fn)
	for _, p := range fn.Params {
		c.params = append(c.params, slotOf(vm.rtype(p.Type())))
	}
	for r := range fn.Signature.Results().Variables() {
		c.results = append(c.results, slotOf(vm.rtype(r.Type())))
	}
	c.takesOf = fn.Synthetic != "" && fn.Syntax() == nil && fn.Name() != "init"
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			switch in := in.(type) {
			case *ssa.Defer:
				c.defers = true
			case *ssa.Call:
				if b, ok := in.Call.Value.(*ssa.Builtin); ok {
					c.takesOf = c.takesOf || b.Name() == "recover"
					c.defers = c.defers || b.Name() == "ssa:deferstack"
				}
			}
		}
	}
}

func (c *compiler) function() {
	fn := c.fn
	params, results := c.signature()
	for i, b := range fn.Blocks {
		if i > 0 {
			c.write("L%d:\n", i)
		}
		for _, in := range b.Instrs {
			c.at = in.Pos()
			c.emit(b, in)
		}
	}
	if hasLoop(fn) {
		c.vars = append(c.vars, "var k int\n")
	}
	name, hidden := fmt.Sprintf("F%d", c.code.number), "g *rt.G, d int"
	if c.code.takesOf {
		hidden += ", of rt.P"
	}
	if c.code.defers {
		c.wrapper(name, hidden, params, results)
		name, hidden = fmt.Sprintf("B%d", c.code.number), hidden+", fr rt.P"
	}
	guard := fmt.Sprintf("if d > %d {\nrt.Deep(g)\n}\n", c.limits.Depth)
	if c.recursive(fn) {
		guard += "rt.Call(g)\n"
	}
	fmt.Fprintf(&c.text, "func %s(%s) (%s) {\n%s%s%s", name, strings.Join(append([]string{hidden}, params...), ", "),
		strings.Join(results, ", "), strings.Join(c.vars, ""), guard, &c.body)
	c.text.WriteString("}\n")
}

// recursive reports whether fn can get back to itself by calls that the interpreter makes: without a
// loop, these could go on for ever too.
func (c *compiler) recursive(fn *ssa.Function) bool {
	seen := map[*ssa.Function]bool{}
	var reaches func(f *ssa.Function) bool
	reaches = func(f *ssa.Function) bool {
		for _, b := range f.Blocks {
			for _, in := range b.Instrs {
				call, ok := in.(*ssa.Call)
				if !ok {
					continue
				}
				callee, ok := call.Call.Value.(*ssa.Function)
				if !ok || callee.Blocks == nil || seen[callee] {
					continue
				}
				if seen[callee] = true; callee == fn || reaches(callee) {
					return true
				}
			}
		}
		return false
	}
	return reaches(fn)
}

func (c *compiler) signature() (params, results []string) {
	for i, v := range c.fn.FreeVars {
		c.names[v] = fmt.Sprintf("v%d", i)
		params = append(params, c.names[v]+" "+c.typeName(v.Type()))
	}
	for i, p := range c.fn.Params {
		c.names[p] = fmt.Sprintf("p%d", i)
		params = append(params, c.names[p]+" "+c.typeName(p.Type()))
	}
	for r := range c.fn.Signature.Results().Variables() {
		results = append(results, c.typeName(r.Type()))
	}
	if len(results) == 0 {
		// yaegi loops for ever where several ways lead to one return without a value.
		results = append(results, "int")
	}
	return params, results
}

// wrapper writes the function that runs the body of one with deferred calls.
func (c *compiler) wrapper(name, hidden string, params, results []string) {
	code := c.code
	var b strings.Builder
	fmt.Fprintf(&b, "func %s(%s) (%s) {\n", name, strings.Join(append([]string{hidden}, params...), ", "), strings.Join(results, ", "))
	var args, rets []string
	for i, r := range results {
		fmt.Fprintf(&b, "var r%d %s\n", i, r)
		if i < len(code.results) {
			args = append(args, fmt.Sprintf("&r%d", i))
		}
		rets = append(rets, fmt.Sprintf("r%d", i))
	}
	for _, p := range params {
		args = append(args, "&"+p[:strings.IndexByte(p, ' ')])
	}
	if code.takesOf {
		args = append(args, "&of")
	}
	n := len(code.results)
	slots := slices.Concat(code.vars, code.params)
	run := op(func(fr *frame) {
		home := &Frame{g: fr.g, depth: fr.call}
		in := []reflect.Value{reflect.ValueOf(fr.g), reflect.ValueOf(fr.call)}
		if code.takesOf {
			in = append(in, value(reflect.TypeFor[P](), fr.args[len(fr.args)-1]))
		}
		in = append(in, reflect.ValueOf(P{unsafe.Pointer(home)}))
		for i, s := range slots {
			in = append(in, value(s.opaque, fr.args[n+i]))
		}
		code.protect(home, in, fr.args[:n])
	})
	call := c.native([]piece{{do: run, at: &site{code.name, c.fn.Pos()}}}, args, nil)
	fmt.Fprintf(&b, "%sreturn %s\n}\n", call, strings.Join(rets, ", "))
	c.text.WriteString(b.String())
}
