package script

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sharing is a handler root: files by name, of which x_wsh.go or x_wsh/ is the handler.
func sharing(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = filepath.Join(t.TempDir(), "root")
	for name, text := range files {
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// shared loads the handler of a root; it returns what is wrong, with paths relative to the root, or
// what the script printed.
func shared(t *testing.T, c Config, root string) string {
	t.Helper()
	var printed []string
	c.Root = root
	c.Output = func(_, line string) { printed = append(printed, line) }
	file := filepath.Join(root, "x_wsh.go")
	if _, err := os.Stat(file); err != nil {
		file = filepath.Join(root, "x_wsh")
	}
	if _, err := Load(t.Context(), c, file, "x"); err != nil {
		return strings.ReplaceAll(err.Error(), root+string(filepath.Separator), "")
	}
	return strings.Join(printed, "\n")
}

// using is a handler that imports path and runs body at its beginning.
func using(path, body string) string {
	return fmt.Sprintf("//go:build ignore\n\npackage main\n\nimport (\n\t%q\n\t\"wshd/plugins/wsh\"\n)\n%s\nfunc init() { %s }\n", path, required, body)
}

func TestHandlersShareCode(t *testing.T) {
	const auth = "package auth\n\nimport \"fmt\"\n\ntype Token struct{ name string }\n\nfunc (t Token) String() string { return t.name }\n\nfunc New(name string) Token { return Token{name} }\n\nfunc Kind(v any) string { return fmt.Sprintf(\"%T %v\", v, v) }\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a package", map[string]string{"x_wsh.go": using("handlers/lib/auth", `println(auth.Kind(auth.New("a")))`), "lib/auth/auth.go": auth}, "auth.Token a"},
		{"the module of go.mod", map[string]string{"go.mod": "module example.com/mine // here\n", "x_wsh.go": using("example.com/mine/lib/auth", `println(auth.Kind(1))`), "lib/auth/auth.go": auth}, "int 1"},
		{"a folder of a greater module", map[string]string{"../go.mod": "module example.com/app\n", "lib/internal/n/n.go": "package n\n\nvar N int\n",
			"x_wsh.go":   "package main\n\nimport (\n\t\"example.com/app/root/lib\"\n\tsame \"handlers/lib\"\n\t\"wshd/plugins/wsh\"\n)\n" + required + "func init() { lib.Add(); same.Add(); println(lib.Get()) }\n",
			"lib/lib.go": "package lib\n\nimport \"example.com/app/root/lib/internal/n\"\n\nfunc Add() { n.N++ }\nfunc Get() int { return n.N }\n"}, "2"},
		{"the root itself", map[string]string{"x_wsh.go": using("handlers", `println(shared.N)`), "shared.go": "package shared\n\nconst N = 7\n"}, "7"},
		{"tags, tests and other systems", map[string]string{
			"x_wsh.go": using("handlers/lib", `println(lib.N)`), "lib/lib.go": "package lib\n\nvar N = 1\n", "lib/no.go": "//go:build ignore\n\npackage main\n\nbroken\n",
			"lib/lib_test.go": "package lib\n\nbroken\n", "lib/lib_windows.go": "package lib\n\nvar N = 2\n", "lib/asm.go": "//go:build !purego\n\npackage lib\n\nvar N = 3\n", "lib/y_wsh.go": "//go:build ignore\n\npackage main\n"}, "1"},
		{"generics and methods across packages", map[string]string{
			"x_wsh.go":   using("handlers/lib", `var s lib.Set[string]; s.Add("b"); s.Add("a"); println(lib.Join(s, func(v string) string { return v + "!" }))`),
			"lib/lib.go": "package lib\n\nimport (\"slices\"; \"strings\")\n\ntype Set[T comparable] struct{ all []T }\n\nfunc (s *Set[T]) Add(v T) { s.all = append(s.all, v) }\n\nfunc Join[T comparable](s Set[T], f func(T) string) string {\n\tvar out []string\n\tfor _, v := range s.all { out = append(out, f(v)) }\n\tslices.Sort(out)\n\treturn strings.Join(out, \",\")\n}\n"}, "a!,b!"},
		{"an internal package of a folder", map[string]string{"x_wsh/x.go": strings.Replace(using("handlers/x_wsh/internal/deep", `println(deep.N)`), "//go:build ignore\n\npackage main", "package x", 1), "x_wsh/internal/deep/deep.go": "package deep\n\nvar N = 5\n"}, "5"},
		{"vendor", map[string]string{
			"x_wsh.go": using("example.com/dep/v2", `println(dep.Loops())`), "vendor/modules.txt": "# example.com/dep/v2 v2.0.0\n## explicit; go 1.20\nexample.com/dep/v2\n",
			"vendor/example.com/dep/v2/dep.go": "package dep\n\nimport \"example.com/other\"\n\nfunc Loops() (n int) {\n\tvar all []func()\n\tfor i := 0; i < 3; i++ {\n\t\tall = append(all, func() { n += i + other.N })\n\t}\n\tfor _, f := range all {\n\t\tf()\n\t}\n\treturn n\n}\n",
			"vendor/example.com/other/o.go":    "package other\n\nconst N = 100\n"}, "309"}, // one variable for the whole loop, as before Go 1.22
		{"initialisation in Go's order", map[string]string{
			"x_wsh.go": "package main\n\nimport (\n\t\"handlers/b\"\n\t\"handlers/c\"\n\t\"wshd/plugins/wsh\"\n)\n" + required + "var _ = say(\"main\")\nfunc say(s string) int { println(s, b.N+c.N); return 0 }\n",
			"a/a.go":   "package a\n\nfunc init() { println(\"a\") }\n",
			"b/b.go":   "package b\n\nimport _ \"handlers/d\"\n\nvar N = n()\n\nfunc n() int { println(\"b\"); return 1 }\n",
			"c/c.go":   "package c\n\nimport _ \"handlers/a\"\n\nvar N = 2\n\nfunc init() { println(\"c\") }\n",
			"d/d.go":   "package d\n\nfunc init() { println(\"d\") }\n"}, "a\nc\nd\nb\nmain 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := shared(t, Config{}, sharing(t, tt.files)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestWhatIsWrongWithSharedCode(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a broken package", map[string]string{"x_wsh.go": using("handlers/lib", ""), "lib/lib.go": "package lib\n\nfunc f() { n := 1 }\n\nvar x = y\n"},
			"lib/lib.go:3:12: declared and not used: n\nlib/lib.go:5:9: undefined: y"},
		{"a broken package's importers say nothing", map[string]string{"x_wsh.go": using("handlers/lib", "lib.Gone()"), "lib/lib.go": "package lib\n\nimport \"handlers/deep\"\n\nvar _ = deep.Gone\n", "deep/deep.go": "package deep\n\nfunc {\n"},
			"deep/deep.go:3:6: syntax error: unexpected {, expected name"},
		{"what a package does not have", map[string]string{"x_wsh.go": using("handlers/lib", "lib.F()"), "lib/lib.go": "package lib\n"}, "x_wsh.go:13:19: undefined: lib.F"},
		{"an unused import", map[string]string{"x_wsh.go": using("handlers/lib", ""), "lib/lib.go": "package lib\n"}, "x_wsh.go:6:2: \"handlers/lib\" imported and not used"},
		{"a closed import of a package", map[string]string{"x_wsh.go": using("handlers/lib", "lib.F()"), "lib/lib.go": "package lib\n\nimport \"os\"\n\nfunc F() { os.Getpid() }\n"},
			`lib/lib.go:3:8: import "os" is not open to scripts: it reaches the machine past the host; scripts.imports: [default, os] opens it`},
		{"a missing package", map[string]string{"x_wsh.go": using("handlers/lib/aut", "aut.F()"), "lib/auth/lib.go": "package auth\n"},
			`x_wsh.go:6:2: package handlers/lib/aut is not here: there is no folder lib/aut; did you mean "handlers/lib/auth"?`},
		{"a cycle", map[string]string{"x_wsh.go": using("handlers/a", ""), "a/a.go": "package a\n\nimport _ \"handlers/b\"\n", "b/b.go": "package b\n\nimport _ \"handlers/a\"\n"},
			"b/b.go:3:10: import cycle not allowed: handlers/a imports handlers/b imports handlers/a"},
		{"itself", map[string]string{"x_wsh/x.go": using("handlers/x_wsh", "")}, "x_wsh/x.go:6:2: import cycle not allowed: handlers/x_wsh imports handlers/x_wsh"},
		{"a program", map[string]string{"x_wsh.go": using("handlers/lib", ""), "lib/lib.go": "package main\n"}, `x_wsh.go:6:2: import "handlers/lib" is a program, not an importable package`},
		{"two packages in a folder", map[string]string{"x_wsh.go": using("handlers/lib", ""), "lib/a.go": "package a\n", "lib/b.go": "package b\n"}, "lib/b.go:1:9: package b; expected package a, as in the other files of lib"},
		{"an empty folder", map[string]string{"x_wsh.go": using("handlers/lib", ""), "lib/a_test.go": "package a\n"}, "x_wsh.go:6:2: no Go files in lib"},
		{"an internal package of others", map[string]string{"x_wsh.go": using("handlers/lib/internal/deep", ""), "lib/internal/deep/a.go": "package deep\n"}, "x_wsh.go:6:2: use of internal package handlers/lib/internal/deep not allowed"},
		{"a relative import", map[string]string{"x_wsh.go": using("./lib", ""), "lib/a.go": "package lib\n"}, `x_wsh.go:6:2: "./lib" is relative, but relative import paths are not supported: write "handlers/lib"`},
		{"a module that is not in vendor", map[string]string{"x_wsh.go": using("example.com/dep", "")}, `x_wsh.go:6:2: import "example.com/dep" is not in vendor: run go mod vendor there`},
		{"a function in assembly", map[string]string{"x_wsh.go": using("handlers/lib", "lib.F()"), "lib/lib.go": "package lib\n\nfunc F()\n"}, "lib/lib.go:3:6: missing function body"},
		{"cgo", map[string]string{"x_wsh.go": using("handlers/lib", "lib.F()"), "lib/lib.go": "package lib\n\nimport \"C\"\n\nfunc F() {}\n"}, `lib/lib.go:3:8: import "C" cannot be had in scripts: scripts are interpreted`},
		{"a panic of a package", map[string]string{"x_wsh.go": using("handlers/lib", "lib.F(nil)"), "lib/lib.go": "package lib\n\nfunc F(m map[int]int) {\n\tm[1] = 2\n}\n"}, "lib/lib.go:4:3: panic while loading: assignment to entry in nil map"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := shared(t, Config{}, sharing(t, tt.files)); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestSharedCodeStaysInTheRoot(t *testing.T) {
	root := sharing(t, map[string]string{"x_wsh.go": using("handlers/lib", "println(lib.N)"), "../out/lib.go": "package lib\n\nvar N = 1\n"})
	if err := os.Symlink("../out", filepath.Join(root, "lib")); err != nil {
		t.Fatal(err)
	}
	if got := shared(t, Config{}, root); !strings.Contains(got, "x_wsh.go:6:2: lib is a link to ") || !strings.Contains(got, "allow_outside_links") {
		t.Errorf("got %s", got)
	}
	if got := shared(t, Config{OutsideLinks: true}, root); got != "1" {
		t.Errorf("got %s, want 1", got)
	}
}

// TestEachVersionHasSharedCodeOfItsOwn loads one script twice.
func TestEachVersionHasSharedCodeOfItsOwn(t *testing.T) {
	root := sharing(t, map[string]string{"x_wsh.go": using("handlers/lib", "println(lib.Next())"), "lib/lib.go": "package lib\n\nvar n int\n\nfunc Next() int { n++; return n }\n"})
	for range 2 {
		if got := shared(t, Config{}, root); got != "1" {
			t.Errorf("got %s, want 1", got)
		}
	}
}
