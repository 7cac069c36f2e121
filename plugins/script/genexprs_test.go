package script

import (
	"fmt"
	"slices"
)

// expr is an expression of a type, without effects, that does not panic.
func (g *generator) expr(typ string, depth int) string {
	switch typ {
	case "int", "int8", "uint8", "uint16", "int64", "float64", "string", "bool":
		return g.bare(typ, depth)
	}
	return "(" + g.bare(typ, depth) + ")" // a literal would not be taken for one in the head of a statement
}

func (g *generator) bare(typ string, depth int) string {
	if depth <= 0 || g.IntN(4) == 0 {
		return g.leaf(typ)
	}
	depth--
	x := func(t string) string { return g.expr(t, depth) }
	if slices.Contains(numbers, typ) && g.IntN(3) > 0 {
		return g.number(typ, depth)
	}
	switch typ {
	case "int":
		return g.intExpr(depth)
	case "float64":
		return fmt.Sprintf("(%s %s %s)", x(typ), g.one("+", "-", "*", "/"), x(typ))
	case "string":
		return g.one(
			"("+x(typ)+" + "+x(typ)+")",
			fmt.Sprintf("fmt.Sprint(%s, %s)", x("int"), x("bool")),
			fmt.Sprintf("string([]byte(%s))", x(typ)),
			fmt.Sprintf("string(rune('a' + %s&15))", x("int")),
			fmt.Sprintf("fmt.Sprintf(\"%%v|%%5v\", %s, %s)", x(g.one("S", "[]int", "map[string]int", "[3]int", "float64")), x("uint8")),
			fmt.Sprintf("min(%s, %s)", x(typ), x(typ)))
	case "bool":
		t := g.one("int", "int8", "uint16", "float64", "string")
		return g.one(
			fmt.Sprintf("(%s %s %s)", x(t), g.one("<", "<=", ">", ">=", "==", "!="), x(t)),
			fmt.Sprintf("(%s %s %s)", x(typ), g.one("&&", "||", "==", "!="), x(typ)), "!("+x(typ)+")",
			fmt.Sprintf("(%s == %s)", x("[3]int"), x("[3]int")),
			fmt.Sprintf("(any(%s) == any(%s))", x(g.one("int", "string", "N", "[3]int")), x(g.one("int", "string"))),
			fmt.Sprintf("(%s %s %s)", x("S"), g.one("==", "!="), x("S")))
	}
	return g.composite(typ, depth)
}

func (g *generator) number(typ string, depth int) string {
	x := func(t string) string { return g.expr(t, depth) }
	return g.one(
		fmt.Sprintf("(%s %s %s)", x(typ), g.one("+", "-", "*", "&", "|", "^", "&^"), x(typ)),
		fmt.Sprintf("(%s %s (%s | 1))", x(typ), g.one("/", "%"), x(typ)),
		fmt.Sprintf("(%s %s (uint(%s) & 15))", x(typ), g.one("<<", ">>"), x("uint8")),
		fmt.Sprintf("%s(%s)", typ, x(g.one(numbers...))),
		g.one("-", "^", "+")+"("+x(typ)+")",
		fmt.Sprintf("%s(%s, %s)", g.one("min", "max"), x(typ), x(typ)))
}

func (g *generator) intExpr(depth int) string {
	x := func(t string) string { return g.expr(t, depth) }
	return g.one(
		fmt.Sprintf("len(%s)", x(g.one("string", "[]int", "map[string]int"))),
		fmt.Sprintf("@pick(%s, %s)", x("[]int"), x("int")),
		fmt.Sprintf("%s[%s&1]", x("[3]int"), x("uint8")),
		fmt.Sprintf("%s[%s]", x("map[string]int"), x("string")),
		x("S")+"."+g.one("a", "c[1]", "M(2)"), x("*S")+"."+g.one("a", "c[0]", "M(1)"),
		x("N")+".M(1)", x("I")+".M("+x("int")+")", x("func(int) int")+"("+x("int")+")",
		fmt.Sprintf("int(%s)", x("N")),
		fmt.Sprintf("@fold(%s, func(a, b int) int { return a %s b })", x("[]int"), g.one("+", "^", "-")),
		fmt.Sprintf("func() int { if n, ok := %s.(int); ok { return n }; return -1 }()", x("any")),
		fmt.Sprintf("func(a int, b ...int) int { return a + len(b) }(%s, %s)", x("int"), x("int")))
}

func (g *generator) composite(typ string, depth int) string {
	x := func(t string) string { return g.expr(t, depth) }
	switch typ {
	case "[]int":
		return g.one(
			fmt.Sprintf("[]int{%s, %s}", x("int"), x("int")), "[]int(nil)",
			fmt.Sprintf("append([]int{%s}, %s...)", x("int"), x(typ)),
			fmt.Sprintf("@cut(%s)", x(typ)),
			fmt.Sprintf("slices.Sorted(maps.Values(%s))", x("map[string]int")),
			fmt.Sprintf("slices.Collect(slices.Values(%s))", x(typ)))
	case "[3]int":
		return fmt.Sprintf("[3]int{%s, 2: %s}", x("int"), x("int"))
	case "map[string]int":
		return fmt.Sprintf("map[string]int{\"k\": %s, \"l\" + %s: %s}", x("int"), x("string"), x("int"))
	case "S":
		return fmt.Sprintf("@S{a: %s, b: %s, c: [2]int{1: %s}}", x("int"), x("string"), x("int"))
	case "*S":
		return g.one(fmt.Sprintf("&@S{n: %s, @E: @E{%s}}", x(typ), x("float64")), fmt.Sprintf("(&@S{}).P(%s)", x("int")))
	case "func(int) int":
		return g.one(
			fmt.Sprintf("func(d int) func(int) int { return func(x int) int { return x %s d } }(%s)", g.one("+", "-", "*"), x("int")),
			x("S")+".M", x("I")+".M",
			fmt.Sprintf("func(f func(int) int) func(int) int { return func(x int) int { return f(x) - 1 } }(%s)", x(typ)))
	case "any":
		return fmt.Sprintf("any(%s)", x(g.one("int", "string", "N", "float64", "bool", "uint8")))
	case "N":
		return fmt.Sprintf("@N(%s)", x("int"))
	case "I":
		return fmt.Sprintf("@I(%s)", x(g.one("N", "S", "*S")))
	}
	return g.leaf(typ)
}

// leaf is a variable, or a value that the compiler does not take for a constant.
func (g *generator) leaf(typ string) string {
	if v := g.of(typ); v != "" && g.IntN(4) > 0 {
		return v
	}
	switch typ {
	case "[]int":
		return fmt.Sprintf("[]int{%d, %d, %d}", g.IntN(9), g.IntN(9), g.IntN(9))
	case "[3]int":
		return fmt.Sprintf("[3]int{%d, %d}", g.IntN(9), g.IntN(9))
	case "map[string]int":
		return fmt.Sprintf("map[string]int{%q: %d}", g.one("a", "k", ""), g.IntN(9))
	case "S":
		return fmt.Sprintf("@S{a: %d}", g.IntN(9))
	case "*S":
		return fmt.Sprintf("&@S{c: [2]int{%d, %d}}", g.IntN(9), g.IntN(9))
	case "func(int) int":
		return fmt.Sprintf("func(x int) int { return x + %d }", g.IntN(9))
	case "any":
		return g.one("any(nil)", "any(1)", `any("s")`, "any(int8(5))")
	case "N", "I":
		return fmt.Sprintf("@N(@kint[%d])", g.IntN(4))
	}
	return fmt.Sprintf("@k%s[%d]", typ, g.IntN(4))
}
