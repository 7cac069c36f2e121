package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A generator writes a program of a grammar. It is typed, ends, depends on nothing that Go leaves
// open, and prints its state: expressions have no effects, and what has stands in statements alone.
type generator struct {
	*rand.Rand
	b      strings.Builder
	scope  [][]variable
	names  int
	depth  int
	budget int
	loops  []string // labels of the loops around; "": the loop has none

	pointers bool // its types hold pointers, which fmt shows the addresses of
	within   bool // one of them is within itself
}

type variable struct{ name, typ string }

// kinds are the types that it knows. pN and sN are the program's own.
var generated = []string{"int", "int", "int8", "uint8", "uint16", "int64", "float64", "string", "bool", "[]int", "[3]int", "map[string]int", "S", "*S", "func(int) int", "any", "N", "I"}

var numbers = []string{"int", "int8", "uint8", "uint16", "int64"}

// generate is a program with the function prefix+"Main". What it declares has the prefix too: it is
// written as @.
func generate(seed uint64, prefix string) string {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), budget: 60}
	g.b.WriteString("\nimport (\n\t\"errors\"\n\t\"fmt\"\n\t\"maps\"\n\t\"slices\"\n\t\"sync\"\n)\n")
	g.b.WriteString(generatedHead)
	for i := range 3 {
		g.function(i)
	}
	g.line("func @Main() {")
	g.block(12, "")
	g.line("}")
	return strings.ReplaceAll(g.b.String(), "@", prefix)
}

const generatedHead = `
var _, _, _, _ = errors.New, maps.Keys[map[int]int], slices.Sorted[int], (*sync.Mutex)(nil)
var @kint, @kint8, @kuint8, @kuint16, @kint64 = []int{0, 3, -7, 1 << 40}, []int8{1, -128, 127, 5}, []uint8{0, 255, 9, 128}, []uint16{1, 65535, 300, 8}, []int64{-1, 1 << 62, 12, 7}
var @kfloat64, @kstring, @kbool = []float64{0, 1.5, -2.25, 1e10}, []string{"", "a", "héllo", "xyz"}, []bool{true, false, true, false}

type @N int

func (n @N) M(d int) int { return int(n) - d }

type @I interface{ M(int) int }
type @S struct {
	a int
	b string
	c [2]int
	n *@S
	@E
}
type @E struct{ e float64 }

func (s @S) M(d int) int  { s.a += d; return s.a + s.c[0] }
func (s *@S) P(d int) *@S { s.a += d; s.c[d&1]++; return s }
func (e *@E) Add(f float64) { e.e += f }
func (s @S) String() string { return fmt.Sprintf("S(%d %q %v %g %v)", s.a, s.b, s.c, s.e, s.n != nil) }

func @cut[S ~[]E, E any](s S) S { return s[:min(len(s), 12)] }
func @cuts[T ~string](s T) T    { return s[:min(len(s), 12)] }
func @pick[T any](s []T, i int) (t T) {
	if len(s) == 0 {
		return t
	}
	return s[uint(i)%uint(len(s))]
}
func @fold[T any](s []T, f func(T, T) T) (t T) {
	for _, v := range s {
		t = f(t, v)
	}
	return t
}
func @seq(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n && yield(i); i++ {
		}
	}
}
func @show(args ...any) {
	for i, a := range args {
		switch v := a.(type) {
		case func(int) int:
			args[i] = v(3)
		case *@S:
			args[i] = "*" + v.String()
		case @I:
			args[i] = fmt.Sprint("I", v.M(1))
		}
	}
	fmt.Println(args...)
}
func @try(f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("recovered", r)
		}
	}()
	f()
}
`

func (g *generator) line(format string, args ...any) {
	fmt.Fprintf(&g.b, format+"\n", args...)
}

func (g *generator) typeName(t string) string {
	for _, own := range []string{"*S", "S", "N", "I"} {
		if t == own {
			return strings.Replace(t, own[len(own)-1:], "@"+own[len(own)-1:], 1)
		}
	}
	return t
}

func (g *generator) one(list ...string) string { return list[g.IntN(len(list))] }

func (g *generator) fresh() string { g.names++; return fmt.Sprint("v", g.names) }

func (g *generator) declare(name, typ string) {
	g.scope[len(g.scope)-1] = append(g.scope[len(g.scope)-1], variable{name, typ})
}

// of returns a variable of a type, or "".
func (g *generator) of(typ string) string {
	var all []string
	for _, s := range g.scope {
		for _, v := range s {
			if v.typ == typ {
				all = append(all, v.name)
			}
		}
	}
	if len(all) == 0 {
		return ""
	}
	return g.one(all...)
}

// function writes a function that later ones, and main, may call.
func (g *generator) function(i int) {
	g.scope = [][]variable{nil}
	g.declare("p", "int")
	g.declare("q", "string")
	g.declare("r", "int")
	g.line("func @f%d(p int, q string) (r int) {", i)
	if g.IntN(2) == 0 {
		g.line("defer func() { r += len(q) }()")
	}
	g.quiet(3)
	g.line("return %s\n}", g.expr("int", 2))
	g.scope = nil
}

// quiet writes statements that only change r.
func (g *generator) quiet(n int) {
	for range n {
		switch g.IntN(4) {
		case 0:
			g.line("if %s {\nr %s %s\n}", g.expr("bool", 1), g.one("=", "+=", "-=", "^="), g.expr("int", 2))
		case 1:
			g.line("for i := range %d {\nr += i * p\nif r > 1000 {\n%s\n}\n}", g.IntN(4), g.one("break", "continue", "return r"))
		case 2:
			g.line("switch %s {\ncase 1, 2:\nr++\n%s\ncase 3:\nr = p\ndefault:\nr--\n}", g.expr("int", 1), g.one("fallthrough", ""))
		default:
			g.line("r = %s", g.expr("int", 2))
		}
	}
}

// block writes statements, and the state that they have made. end comes last.
func (g *generator) block(n int, end string) {
	g.scope = append(g.scope, nil)
	g.depth++
	for range n {
		if g.budget--; g.budget > 0 {
			g.statement()
		}
	}
	var names []string
	for _, v := range g.scope[len(g.scope)-1] {
		names = append(names, v.name)
	}
	if len(names) > 0 {
		g.line("@show(%s)", strings.Join(names, ", "))
	}
	g.depth--
	g.scope = g.scope[:len(g.scope)-1]
	if end != "" {
		g.line("%s", end)
	}
}
