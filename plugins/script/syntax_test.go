package script

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wshd/plugins/script/check"
)

// mistakes are programs that the compiler refuses; what follows the package clause.
var mistakes = []struct{ name, text string }{
	{"no operand", "func f() {\n\tx := = 1\n}\n"},
	{"no end", "func f() {\n\tif true {\n"},
	{"a function without end", "func f() {\n\tg()\n\nfunc g() {}\n"},
	{"no comma after an argument", "func f() {\n\tg(1,\n\t\t2\n\t)\n}\n"},
	{"no comma after an element", "var x = []int{\n\t1,\n\t2\n}\n"},
	{"no name", "func f() {\n\tvar = 1\n}\n"},
	{"a statement outside", "x := 1\n"},
	{"one brace too many", "}\n"},
	{"a brace on a line of its own", "func f()\n{\n}\n"},
	{"a condition and a brace on a line of its own", "func f() {\n\tif true\n\t{\n\t}\n}\n"},
	{"else on a line of its own", "func f() {\n\tif true {\n\t}\n\telse {\n\t}\n}\n"},
	{"two statements on a line", "func f() {\n\ta := 1 b := 2\n}\n"},
	{"a keyword as a name", "func f() {\n\tfor := 1\n}\n"},
	{"Python", "def f():\n\tpass\n"},
	{"a string without end", "var s = \"abc\n"},
	{"a string in wrong quotes", "var s = 'abc'\n"},
	{"two imports on a line", "import \"a\" \"b\"\n"},
	{"no comma between parameters", "func f(a int b int) {}\n"},
	{"while", "func f() {\n\twhile true {\n\t}\n}\n"},
	{"case outside", "func f() {\n\tcase 1:\n}\n"},
	{"no colon", "func f() {\n\tswitch x {\n\tcase 1\n\t}\n}\n"},
	{"a comment of Python", "# comment\n"},
	{"a dollar", "var x = $a\n"},
	{"a condition as an expression", "var x = a ? b : c\n"},
	{"an increment as an expression", "func f() {\n\tx = i++\n}\n"},
	{"an arrow", "func f() {\n\tx => 1\n}\n"},
	{"commas in a struct", "type T struct {\n\ta int,\n\tb int\n}\n"},
	{"a comment without end", "/* abc\n"},
	{"a raw string without end", "var s = `abc\n"},
	{"no colon in a map", "var m = map[string]int{\"a\" 1}\n"},
	{"a function without end, after a return", "func f() int {\n\treturn 1;\n\n"},
	{"two dots", "func f(a ..int) {}\n"},
	{"an import after others", "func f() {}\n\nimport \"fmt\"\n"},
	{"unused variable", "func f() { n := 1 }\n"},
	{"unused label", "func f() {\nL:\n}\n"},
	{"unknown label", "func f() {\n\tgoto L\n}\n"},
	{"missing return", "func f() int {\n}\n"},
	{"undefined", "func f() { g() }\n"},
	{"wrong type", "var s string = 1\n"},
	{"wrong argument", "func f(s string) { f(1) }\n"},
	{"too many results", "func f() int { return 1, 2 }\n"},
	{"duplicate case", "func f(n int) {\n\tswitch n {\n\tcase 1, 1:\n\t}\n}\n"},
	{"unknown field", "type T struct{}\n\nvar x = T{}.n\n"},
	{"missing method", "type T struct{}\n\nvar x error = T{}\n"},
	{"redeclared", "var a int\nvar a string\n"},
	{"no body", "func f()\n"},
	{"unused result", "func f() {\n\t1 + 2\n}\n"},
	{"overflow", "var b byte = 300\n"},
	{"division", "var n = 1 / 0\n"},
	{"continue outside", "func f() {\n\tcontinue\n}\n"},
	{"break outside", "func f() {\n\tbreak\n}\n"},
	{"no inference", "func g[T any]() {}\n\nfunc f() { g() }\n"},
	{"initialisation cycle", "var a = b\nvar b = a\n"},
	{"recursive type", "type T struct{ t T }\n"},
	{"assignment to a constant", "const c = 1\n\nfunc f() { c = 2 }\n"},
	{"too few for a built-in", "var n = len([]int{copy()})\n"},
	{"too many for a built-in", "var n = copy(nil, nil, 3)\n"},
	{"label twice", "func f() {\nL:\n\tfor {\n\t\tbreak L\n\t}\nL:\n\tfor {\n\t\tcontinue L\n\t}\n}\n"},
	{"goto over a variable", "func f() {\n\tgoto L\n\tvar x, y = 1, 2\nL:\n\t_, _ = x, y\n}\n"},
	{"goto over an assignment", "func f() {\n\tgoto L\n\tx, y := 1, 2\n\t_, _ = x, y\nL:\n}\n"},
	{"no import", "var x = fmt.Sprint()\n"},
}

// TestErrorsAreTheCompilers compares the first error of each with what the compiler says.
func TestErrorsAreTheCompilers(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here, and what the compiler says is not known")
	}
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			file := write(t, map[string]string{"x_wsh.go": "package main\n\n" + m.text})
			out, err := exec.CommandContext(t.Context(), "go", "tool", "compile", "-complete", "-p", "main", "-o", filepath.Join(t.TempDir(), "x.o"), file).CombinedOutput()
			if err == nil {
				t.Fatal("the compiler takes it")
			}
			var list Errors
			if !errors.As(errorsOf(file, check.Config{}), &list) {
				t.Fatalf("not refused; the compiler says %s", out)
			}
			want, _, _ := strings.Cut(string(out), "\n")
			got, _, _ := strings.Cut(list[0].Error(), "\n")
			got, _, _ = strings.Cut(got, " (import ") // more than the compiler says
			dir := filepath.Dir(file) + string(filepath.Separator)
			if got, want := strings.ReplaceAll(got, dir, ""), strings.ReplaceAll(want, dir, ""); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// errorsOf parses and type-checks a program that need not be a handler.
func errorsOf(file string, c check.Config) error {
	_, err := check.Package(c, file)
	return err
}

// taken are the programs among Go's own, of those that its compiler must refuse, which are not refused:
// they are about what scripts do not have, such as compiler directives and frames on a stack.
var taken = []string{
	"bug385_32.go", "bug385_64.go", "bug398.go", "directive.go", "directive2.go", "issue16369.go", "issue18459.go", "issue18882.go",
	"issue20027.go", "issue22200.go", "issue22200b.go", "issue25507.go", "issue42058a.go", "issue42058b.go", "issue48230.go",
	"issue49767.go", "issue49814.go", "issue52697.go", "issue56103.go", "wasmexport.go",
}

// TestWhatGoRefusesIsRefused takes the programs of the Go distribution that its compiler must refuse.
func TestWhatGoRefusesIsRefused(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("the go command is not here, nor are its tests")
	}
	count := 0
	for _, folder := range []string{"", "fixedbugs", "syntax", "typeparam", "interface"} {
		files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "test", folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil || !bytes.HasPrefix(text, []byte("// errorcheck\n")) {
				continue
			}
			count++
			refused := errorsOf(file, check.Config{Imports: []string{"default", "os", "net"}}) != nil
			if known := slices.Contains(taken, filepath.Base(file)); refused == known {
				t.Errorf("%s: refused %v, known to be taken %v", file, refused, known)
			}
		}
	}
	if count == 0 {
		t.Skip("the Go distribution's tests are not here")
	}
	t.Log(fmt.Sprint(count, " programs"))
}
