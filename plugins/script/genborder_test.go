package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generateBorder is a program like that of generate which hands values of its types to Go's library. Its
// types have some of the methods that the library looks for.
func generateBorder(seed uint64, prefix string) string {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 2))}
	g.b.WriteString("\nimport (\n\t\"bytes\"\n\t\"encoding/json\"\n\t\"encoding/xml\"\n\t\"errors\"\n\t\"fmt\"\n\t\"io\"\n\t\"log/slog\"\n\t\"strings\"\n\t\"time\"\n)\n")
	g.b.WriteString(borderHead)
	for i := range 4 {
		g.borderType(i)
	}
	g.line("func @Main() {")
	for i := range 4 {
		g.line("@try(func() { v := %s; @show(v, %t); @show(&v, %t) })", g.borderValue(i), g.pointers, g.pointers)
		for range 2 {
			g.line("@try(func() { var v @T%d; @decode(%q, &v, %t) })", i, g.borderJSON(3), g.within)
		}
		g.line("@try(func() { var v @T%d; var a any = &v; @decode(%q, &a, %t) })", i, g.borderJSON(3), g.within)
	}
	g.line("}")
	return strings.ReplaceAll(g.b.String(), "@", prefix)
}

const borderHead = `
var _, _ = time.Second, xml.Marshal
func @try(f func()) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("recovered", r)
		}
	}()
	f()
}
func @show(v any, addresses bool) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%T", "%s", "%d", "%q", "%x", "%6v|", "%z"} {
		if addresses {
			break
		}
		fmt.Printf(verb+"\n", v)
	}
	fmt.Println(v != nil, []any{v} != nil)
	for _, x := range []any{v, []any{v}, map[string]any{"v": v}, struct{ X any }{v}} {
		b, err := json.Marshal(x)
		fmt.Println(string(b), err)
	}
	for _, x := range []any{v, struct{ X any }{v}} {
		b, err := xml.Marshal(x)
		var no *xml.UnsupportedTypeError
		if fmt.Println(string(b), err != nil); !errors.As(err, &no) { // of several it is the first
			fmt.Println(err)
		}
	}
	var b bytes.Buffer
	o := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { if a.Key == "time" { a.Value = slog.IntValue(0) }; return a }}
	if _, err := json.Marshal(v); err == nil {
		slog.New(slog.NewJSONHandler(&b, o)).Info("m", "v", v)
	}
	if !addresses {
		slog.New(slog.NewTextHandler(&b, o)).Info("m", "v", v)
	}
	fmt.Print(b.String())
	if e, ok := v.(error); ok {
		fmt.Println(errors.Is(e, io.EOF), errors.Unwrap(e) == io.EOF, fmt.Errorf("w: %w", e), errors.Is(errors.Join(e), io.EOF))
	}
	if w, ok := v.(io.Writer); ok {
		io.WriteString(w, "text")
		n, err := io.Copy(w, struct{ io.Reader }{strings.NewReader("copied")})
		fmt.Println(n, err)
	}
	_, isStringer := v.(fmt.Stringer)
	_, isText := v.(interface{ MarshalText() ([]byte, error) })
	_, isZero := v.(interface{ IsZero() bool })
	fmt.Println(isStringer, isText, isZero)
}
var @asked int // by decoders; in which order is not compared, nor the first of several errors
func @decode(text string, p any, within bool) {
	err := json.Unmarshal([]byte(text), p)
	if fmt.Println(err != nil, @asked); !within {
		fmt.Println(err)
	}
	b, err := json.Marshal(p)
	fmt.Println(string(b), err)
}
`

// borderMethods are what a type may have, with the receiver v; those of pointers begin with a star.
var borderMethods = []string{
	`String() string { return "str" }`, `Error() string { return "err" }`, `GoString() string { return "gostr" }`,
	`Format(s fmt.State, c rune) { fmt.Fprintf(s, "<%c>", c) }`,
	`MarshalJSON() ([]byte, error) { return []byte("\"j\""), nil }`, `MarshalJSON() ([]byte, error) { return nil, io.ErrShortWrite }`,
	`MarshalText() ([]byte, error) { return []byte("t"), nil }`, `MarshalText() ([]byte, error) { return nil, io.ErrNoProgress }`,
	`*UnmarshalText(b []byte) error { @asked += len(b); return nil }`,
	`*UnmarshalJSON(b []byte) error { @asked += 100 * len(b); return nil }`,
	`IsZero() bool { return true }`, `LogValue() slog.Value { return slog.StringValue("lv") }`,
	`Unwrap() error { return io.EOF }`, `Is(e error) bool { return e == io.EOF }`,
	`Write(p []byte) (int, error) { fmt.Println("write", string(p)); return len(p), nil }`,
	`WriteString(s string) (int, error) { fmt.Println("string", s); return len(s), nil }`,
	`ReadFrom(r io.Reader) (int64, error) { fmt.Println("from"); return 3, nil }`,
	`MarshalXML(e *xml.Encoder, s xml.StartElement) error { return e.EncodeElement("x", s) }`,
}

// borderType declares a type, which may hold those before it.
func (g *generator) borderType(i int) {
	part := func() string {
		if i > 0 && g.IntN(2) == 0 {
			return g.one("", "[]", "map[string]") + fmt.Sprint("@T", g.IntN(i))
		}
		return g.one("int", "string", "[]int", "map[string]int", "time.Duration", "bool", "float64", "any")
	}
	if g.IntN(4) == 0 {
		g.pointers = true // to such a value
		g.line("type @T%d %s", i, g.one("int", "string", "[]int", "map[string]string", "float64"))
	} else {
		g.line("type @T%d struct {", i)
		for f := range 1 + g.IntN(4) {
			tag := g.one("", "", "`json:\"j%d,omitempty\"`", "`json:\",omitzero\"`", "`xml:\"x%d,attr\"`", "`json:\"-\"`", "`xml:\",omitempty\"`")
			g.line("%s%d %s %s", g.one("F", "F", "F", "f"), f, part(), strings.ReplaceAll(tag, "%d", fmt.Sprint(f)))
		}
		if g.IntN(4) == 0 {
			self := g.one("*", "[]", "map[string]")
			g.pointers = g.pointers || self == "*"
			g.within = true
			g.line("Self %s@T%d", self, i)
		}
		g.line("}")
	}
	has := map[string]bool{}
	for range g.IntN(4) {
		m := g.one(borderMethods...)
		star := g.one("", "", "*")
		if rest, ok := strings.CutPrefix(m, "*"); ok {
			m, star = rest, "*"
		}
		if name, _, _ := strings.Cut(m, "("); !has[name] {
			has[name] = true
			g.line("func (v %s@T%d) %s", star, i, m)
		}
	}
}

func (g *generator) borderValue(i int) string {
	return fmt.Sprintf("func() (v @T%d) { json.Unmarshal([]byte(%q), &v); return v }()", i, g.borderJSON(3))
}

// borderJSON is some JSON.
func (g *generator) borderJSON(depth int) string {
	if depth == 0 || g.IntN(3) == 0 {
		return g.one("1", "-2.5", `"s"`, "true", "null", "[]", "{}", `[1,2]`, `{"k":"v"}`)
	}
	if g.IntN(5) == 0 {
		return "[" + g.borderJSON(depth-1) + "," + g.borderJSON(depth-1) + "]"
	}
	var b strings.Builder
	keys := []string{"F0", "F1", "F2", "f3", "j0", "j1", "Self", "k"}
	g.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for _, key := range keys[:1+g.IntN(4)] {
		fmt.Fprintf(&b, ",%q:%s", key, g.borderJSON(depth-1))
	}
	return "{" + b.String()[1:] + "}"
}
