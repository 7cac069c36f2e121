package script

import "fmt"

func (g *generator) statement() {
	if g.depth > 4 {
		g.simple()
		return
	}
	switch g.IntN(14) {
	case 0:
		g.line("if %s {", g.expr("bool", 2))
		g.block(2, "")
		g.line("} else {")
		g.block(2, "")
		g.line("}")
	case 1:
		i := g.fresh()
		g.loop(fmt.Sprintf("for %s := %d; %s < %d; %s++", i, g.IntN(3), i, g.IntN(5), i), variable{i, "const int"})
	case 2:
		g.ranges()
	case 3:
		g.switches()
	case 4:
		g.line("@try(func() {")
		g.inFunction(func() {
			g.block(3, g.one("", "panic("+g.expr("string", 1)+")", "panic(errors.New("+g.expr("string", 1)+"))", "_ = []int{1}["+g.expr("int", 1)+"]", "_ = 1 / "+g.expr("int", 1)))
		})
		g.line("})")
	case 5:
		g.closures()
	case 6:
		g.goroutines()
	case 7:
		g.defers()
	case 8:
		g.line("{")
		g.block(3, "")
		g.line("}")
	default:
		g.simple()
	}
}

// inFunction writes the body of a literal: the loops around cannot be left from there.
func (g *generator) inFunction(f func()) {
	loops := g.loops
	g.loops = nil
	f()
	g.loops = loops
}

func (g *generator) simple() {
	t := g.one(generated...)
	v := g.of(t)
	if v == "" || g.IntN(3) == 0 {
		name := g.fresh()
		g.line("var %s %s = %s", name, g.typeName(t), g.expr(t, 3))
		g.declare(name, t)
		return
	}
	switch t {
	case "int", "int8", "uint8", "uint16", "int64":
		g.line("%s", g.one(v+"++", v+"--", fmt.Sprintf("%s %s %s", v, g.one("=", "+=", "-=", "*=", "&=", "|=", "^=", "&^="), g.expr(t, 3)), fmt.Sprintf("%s %s 3", v, g.one("<<=", ">>=", "%=", "/="))))
	case "string":
		g.line("%s = @cuts(%s)", v, g.expr(t, 3))
	case "[]int":
		g.line("%s", g.one(fmt.Sprintf("%s = append(%s, %s)", v, v, g.expr("int", 2)), fmt.Sprintf("%s = @cut(%s)", v, g.expr(t, 2)),
			fmt.Sprintf("copy(%s, %s)", v, g.expr(t, 1)), fmt.Sprintf("for i := range %s {\n%s[i] ^= i\n}", v, v), fmt.Sprintf("%s = %s[len(%s)/2:]", v, v, v), "slices.Sort("+v+")"))
	case "[3]int":
		g.line("%s[%d], %s[%s&1] = %s, %s", v, g.IntN(3), v, g.expr("uint8", 1), g.expr("int", 2), g.expr("int", 2))
	case "map[string]int":
		g.line("%s", g.one(fmt.Sprintf("%s[%s] %s %s", v, g.expr("string", 1), g.one("=", "+=", "|="), g.expr("int", 2)), fmt.Sprintf("delete(%s, %s)", v, g.expr("string", 1)), fmt.Sprintf("%s[\"n\"]++", v)))
	case "S", "*S":
		g.line("%s", g.one(fmt.Sprintf("%s.a += %s", v, g.expr("int", 2)), fmt.Sprintf("%s.c[1], %s.b = %s, @cuts(%s)", v, v, g.expr("int", 2), g.expr("string", 1)),
			fmt.Sprintf("%s.P(%s).P(1)", v, g.expr("int", 1)), fmt.Sprintf("%s.Add(%s)", v, g.expr("float64", 1)), fmt.Sprintf("%s.n = %s", v, g.expr("*S", 1)), fmt.Sprintf("%s = %s", v, g.expr(t, 2))))
	default:
		g.line("%s = %s", v, g.expr(t, 2))
	}
}

// loop writes a loop, sometimes with a label, and ways out of it.
func (g *generator) loop(head string, vars ...variable) {
	label := ""
	if g.IntN(3) == 0 {
		label = "L" + g.fresh()
		g.line("%s:", label)
	}
	g.line("%s {", head)
	g.scope = append(g.scope, vars)
	for _, v := range vars {
		g.line("_ = %s", v.name)
	}
	if label != "" {
		g.line("if %s {\n%s %s\n}", g.expr("bool", 1), g.one("break", "continue"), label)
	}
	g.loops = append(g.loops, label)
	g.block(2, "")
	if out := g.loops[g.IntN(len(g.loops))]; g.IntN(2) == 0 {
		g.line("if %s {\n%s %s\n}", g.expr("bool", 1), g.one("break", "continue"), out)
	}
	g.loops = g.loops[:len(g.loops)-1]
	g.scope = g.scope[:len(g.scope)-1]
	g.line("}")
}

func (g *generator) ranges() {
	k, v := g.fresh(), g.fresh()
	switch g.IntN(6) {
	case 0:
		g.loop(fmt.Sprintf("for %s := range %d", k, g.IntN(4)), variable{k, "const int"})
	case 1:
		g.loop(fmt.Sprintf("for %s, %s := range @cut(%s)", k, v, g.expr("[]int", 2)), variable{k, "int"}, variable{v, "int"})
	case 2:
		g.loop(fmt.Sprintf("for _, %s := range %s", v, g.expr("[3]int", 2)), variable{v, "int"})
	case 3:
		g.loop(fmt.Sprintf("for %s := range @seq(%d)", k, g.IntN(4)), variable{k, "int"})
	case 4:
		g.loop(fmt.Sprintf("for %s := range @cuts(%s)", k, g.expr("string", 2)), variable{k, "int"})
	default:
		g.loop(fmt.Sprintf("for _, %s := range slices.Sorted(maps.Keys(%s))", v, g.expr("map[string]int", 2)), variable{v, "string"})
	}
}

func (g *generator) switches() {
	loops := g.loops
	g.loops = nil // break would leave the switch
	defer func() { g.loops = loops }()
	if g.IntN(2) == 0 {
		v := g.fresh()
		g.line("switch %s := %s.(type) {", v, g.expr("any", 2))
		for _, t := range []string{"int", "string", "N"} {
			g.line("case %s:", g.typeName(t))
			g.scope = append(g.scope, []variable{{v, t}})
			g.block(1, "@show("+v+")")
			g.scope = g.scope[:len(g.scope)-1]
		}
		g.line("default:\n@show(%s)\n}", v)
		return
	}
	t := g.one("int", "string", "uint8", "bool")
	g.line("switch x := %s; {", g.expr(t, 2))
	for range 2 {
		g.line("case x == %s, %s:", g.expr(t, 1), g.expr("bool", 1))
		g.block(2, g.one("", "fallthrough", "break"))
	}
	g.line("default:")
	g.block(1, "")
	g.line("}")
}

// closures writes functions that change what is around them, made in a loop and called after it.
func (g *generator) closures() {
	fs, i, sum := g.fresh(), g.fresh(), g.fresh()
	g.line("var %s []func() int\n%s := %s", fs, sum, g.expr("int", 1))
	g.declare(sum, "int")
	g.line("for %s := 0; %s < 3; %s++ {\n%s = append(%s, func() int { %s += %s; %s++; return %s })", i, i, i, fs, fs, sum, i, i, g.expr("int", 2))
	g.line("}\nfor _, f := range %s {\n@show(f())\n@show(f())\n}", fs)
}

func (g *generator) goroutines() {
	c, wg, sum := g.fresh(), g.fresh(), g.fresh()
	g.line("%s := 0\n{\n%s := make(chan int, 2)\nvar %s sync.WaitGroup", sum, c, wg)
	x := g.expr("int", 2)
	g.line("for i := range 4 {\n%s.Add(1)\ngo func(d int) {\ndefer %s.Done()\nselect {\ncase %s <- d * i:\n}\n}(%s)\n}", wg, wg, c, x)
	g.line("go func() { %s.Wait(); close(%s) }()\nfor v := range %s {\n%s += v\n}\n}", wg, c, c, sum)
	g.declare(sum, "int")
}

func (g *generator) defers() {
	r := g.fresh()
	g.line("%s := func() (n int) {\nn = %s", r, g.expr("int", 1))
	g.line("for i := range 3 {\ndefer func(d int) { n = n*2 + d - i }(n + %s)\n}", g.expr("int", 1))
	g.line("defer func() {\nif e := recover(); e != nil {\nn++\n}\n}()\nif %s {\npanic(n)\n}\nreturn %s\n}()", g.expr("bool", 1), g.expr("int", 2))
	g.declare(r, "int")
}
