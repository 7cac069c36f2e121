package lower

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"reflect"
	"slices"
	"strconv"
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
	defer func() {
		if r := recover(); r != nil {
			no, ok := r.(refusal)
			if !ok {
				panic(r)
			}
			at := no.pos
			for _, p := range []token.Pos{c.at, fn.Pos()} {
				if !at.IsValid() {
					at = p
				}
			}
			vm.refused = append(vm.refused, Refusal{at, no.msg})
		}
	}()
	if fn.Blocks == nil {
		c.refuse("%s cannot be had in scripts", fn)
	}
	c.function()
}

// describe fills in what callers of fn must know, before its text is written.
func (vm *Program) describe(c *Code, fn *ssa.Function) {
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

// typeName spells the type under which the interpreter holds values of type t.
func (c *compiler) typeName(t types.Type) string { return c.opaqueName(opaque(c.rtype(t))) }

func (c *compiler) opaqueName(rt reflect.Type) string {
	switch rt {
	case reflect.TypeFor[P]():
		return "rt.P"
	case reflect.TypeFor[S]():
		return "rt.S"
	case reflect.TypeFor[I]():
		return "rt.I"
	}
	if rt.Kind() != reflect.Struct {
		return rt.String()
	}
	name, ok := c.typeNames[rt]
	if !ok {
		name = fmt.Sprintf("T%d", len(c.typeNames))
		c.typeNames[rt] = name
		c.symbols[name] = reflect.Zero(reflect.PointerTo(rt))
	}
	return "rt." + name
}

// name is the variable that holds v, or the constant or symbol that is v.
func (c *compiler) name(v ssa.Value) string {
	if n, ok := c.names[v]; ok {
		return n
	}
	n := ""
	switch v := v.(type) {
	case *ssa.Const:
		n = c.literal(v)
	case *ssa.Global, *ssa.Function:
		n = c.symbol(c.fixed(v), opaque(c.rtype(v.Type())))
	case *ssa.Builtin:
		c.refuse("%s cannot be had in scripts", v)
	default:
		n = c.variable(v.Type())
	}
	c.names[v] = n
	return n
}

func (c *compiler) variable(t types.Type) string {
	n := fmt.Sprintf("t%d", c.temps)
	c.temps++
	typ := c.opaqueName(opaqueTuple(c.rtype(t), t))
	if r, ok := t.Underlying().(*types.Basic); ok && r.Kind() == types.Invalid {
		typ = "rt.P"
	}
	c.decls[n] = len(c.vars)
	c.vars = append(c.vars, "var "+n+" "+typ+"\n")
	return n
}

// opaqueTuple keeps the fields of a tuple visible.
func opaqueTuple(rt reflect.Type, t types.Type) reflect.Type {
	if tuple, ok := t.(*types.Tuple); ok {
		fields := make([]reflect.StructField, tuple.Len())
		for i := range fields {
			fields[i] = reflect.StructField{Name: fmt.Sprint("F", i), Type: opaque(rt.Field(i).Type)}
		}
		return reflect.StructOf(fields)
	}
	return opaque(rt)
}

// literal spells a constant, or names a symbol that holds it.
func (c *compiler) literal(v *ssa.Const) string {
	rt := c.rtype(v.Type())
	switch k := rt.Kind(); {
	case v.Value == nil:
	case k == reflect.Bool:
		return v.Value.String()
	case k >= reflect.Int && k <= reflect.Uintptr:
		if n, ok := constant.Int64Val(constant.ToInt(v.Value)); ok && n > -1<<50 && n < 1<<50 {
			return fmt.Sprintf("%s(%d)", k, n)
		}
	}
	return c.symbol(c.fixed(v), opaque(rt))
}

func (c *compiler) symbol(at unsafe.Pointer, rt reflect.Type) string {
	name := "C" + strconv.Itoa(len(c.symbols))
	c.symbols[name] = reflect.NewAt(rt, at).Elem()
	return "rt." + name
}

// fixed is where something lies that is the same in every call.
func (c *compiler) fixed(v ssa.Value) unsafe.Pointer {
	switch v := v.(type) {
	case *ssa.Const:
		cell := reflect.New(c.rtype(v.Type()))
		if v.Value != nil {
			setConstant(cell.Elem(), v.Value)
		}
		return cell.UnsafePointer()
	case *ssa.Global:
		return c.global(v).abs
	case *ssa.Function:
		return c.funcValue(v).abs
	}
	return nil
}

// ref is where a native piece finds v.
func (c *compiler) ref(v ssa.Value) ref {
	if at := c.fixed(v); at != nil {
		return ref{abs: at}
	}
	return c.place(c.name(v), v)
}

// hidden is where a native piece finds a variable that is no value of the script's.
func (c *compiler) hidden(name string) ref { return c.place(name, nil) }

func (c *compiler) place(name string, v ssa.Value) ref {
	if name == "of" && !c.code.takesOf || name == "fr" && !c.code.defers {
		c.refuse("recover and defer in the body of a loop over a function cannot be had in scripts: put the body into a function")
	}
	p := c.places[name]
	if p == nil {
		p = &place{arg: len(c.order), v: v}
		c.places[name] = p
		c.order = append(c.order, name)
	}
	return ref{in: p}
}

// tupleOffset is where a part of a tuple lies in it.
func (c *compiler) tupleOffset(t *types.Tuple, i int) uintptr { return c.rtype(t).Field(i).Offset }

// component names the variable that holds a part of a tuple.
func (c *compiler) component(e *ssa.Extract) string {
	return c.name(e.Tuple) + ".F" + strconv.Itoa(e.Index)
}

func setConstant(cell reflect.Value, v constant.Value) {
	switch k := cell.Kind(); {
	case k == reflect.Bool:
		cell.SetBool(constant.BoolVal(v))
	case k == reflect.String:
		if v.Kind() == constant.Int { // string(65)
			n, _ := constant.Int64Val(v)
			cell.SetString(string(rune(n)))
			return
		}
		cell.SetString(constant.StringVal(v))
	case cell.CanInt():
		n, _ := constant.Int64Val(constant.ToInt(v))
		cell.SetInt(n)
	case cell.CanUint():
		n, _ := constant.Uint64Val(constant.ToInt(v))
		cell.SetUint(n)
	case k == reflect.Float32:
		f, _ := constant.Float32Val(v)
		cell.SetFloat(float64(f))
	case k == reflect.Float64:
		f, _ := constant.Float64Val(v)
		cell.SetFloat(f)
	case cell.CanComplex():
		re, _ := constant.Float64Val(constant.Real(v))
		im, _ := constant.Float64Val(constant.Imag(v))
		cell.SetComplex(complex(re, im))
	}
}
