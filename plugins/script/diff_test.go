package script

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/plugins/script/check"
	"wshd/plugins/script/lower"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/std"
	"wshd/plugins/script/yaegi"
)

// A diffProgram is run compiled and as a script, and must print the same. Its file in testdata/diff
// has it under a line "== name", or "== name refused: part of the message" if it is refused when loaded.
type diffProgram struct {
	name    string // file/name
	refused string
	decls   string
	body    string // of main
}

// diffContexts are where a program's body is put: what works by itself may not in a closure. A program
// runs in all of them, one after the other.
var diffContexts = []struct{ name, before, after string }{
	{"Alone", "", ""},
	{"Closure", "func() {\n", "\n}()"},
	{"Loop", "for range 2 {\n", "\n}"},
	{"Defer", "func() {\ndefer func() {\n", "\n}()\n}()"},
	{"Goroutine", "done := make(chan bool)\ngo func() {\ndefer close(done)\n", "\n}()\n<-done"},
}

// source is the program with a function for each context.
func (p diffProgram) source(pkg string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\n%s%s", pkg, p.imports(), p.decls)
	for _, c := range diffContexts {
		fmt.Fprintf(&b, "func %s() {\n%s%s%s\n}\n", c.name, c.before, p.body, c.after)
	}
	return b.String()
}

// imports are the packages that the program mentions. Of two of one name the program imports one
// itself, at its head.
func (p diffProgram) imports() string {
	var b strings.Builder
	text := p.decls + p.body
	for _, path := range slices.Sorted(maps.Keys(std.Packages())) {
		if slices.Contains([]string{"math/rand/v2", "html/template", "crypto/rand", "text/scanner"}, path) {
			continue
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		if regexp.MustCompile(`(^|[^.\w"])`+name+`\.[A-Z]`).MatchString(text) && !regexp.MustCompile(`import (\w+ )?".*\b`+name+`(/v2)?"`).MatchString(text) {
			fmt.Fprintf(&b, "import %q\n", path)
		}
	}
	return b.String()
}

var onlyPrograms = flag.String("only", "", "a regular expression that the programs to compare match")

func readDiffPrograms(t testing.TB) []diffProgram {
	only := regexp.MustCompile(*onlyPrograms)
	files, err := filepath.Glob("testdata/diff/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no programs", err)
	}
	var all []diffProgram
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split("\n"+string(data), "\n== ")[1:] {
			name, text, _ := strings.Cut(part, "\n")
			name, refused, _ := strings.Cut(name, " refused: ")
			decls, body, ok := strings.Cut("\n"+text, "\nfunc main() {")
			if !ok {
				t.Fatalf("%s: %s has no main", file, name)
			}
			name = strings.TrimSuffix(filepath.Base(file), ".txt") + "/" + name
			if !only.MatchString(name) {
				continue
			}
			body = body[:strings.LastIndexByte(body, '}')]
			all = append(all, diffProgram{name, refused, decls + "\n", body})
		}
	}
	return all
}

const diffMark = "\x01program "

// compiled builds all programs into one binary, runs it and returns what each printed in each context.
func compiled(t testing.TB, programs []diffProgram) map[string]string {
	n := newNativeBuild(t)
	var imports, calls strings.Builder
	for _, p := range programs {
		pkg := "prog_" + strings.ReplaceAll(p.name, "/", "_")
		n.put(t, pkg+"/p.go", p.source(pkg))
		fmt.Fprintf(&imports, "import \"wshd/plugins/script/difftest/%s\"\n", pkg)
		for _, c := range diffContexts {
			fmt.Fprintf(&calls, "\trun(%q, %s.%s)\n", p.name+"/"+c.name, pkg, c.name)
		}
	}
	n.put(t, "main.go", "package main\n\nimport \"fmt\"\n"+imports.String()+`
func run(name string, f func()) {
	fmt.Println("`+"\\x01"+`program " + name)
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("panic:", r)
		}
	}()
	f()
}

func main() {
`+calls.String()+"}\n")
	printed := map[string]string{}
	out := regexp.MustCompile(`\b(wshd/plugins/script/difftest/)?prog_\w+\.`).ReplaceAllString(n.run(t, false), "main.")
	for _, part := range strings.Split(out, diffMark)[1:] {
		name, text, _ := strings.Cut(part, "\n")
		printed[name] = text
	}
	return printed
}

// An interpretedProgram is one that runs as a script.
type interpretedProgram struct {
	machine *lower.Program
	mu      sync.Mutex
	out     bytes.Buffer
}

func (p *interpretedProgram) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

// diffImports are the packages that the programs may import.
var diffImports = []string{"default", "encoding/gob", "database/sql", "database/sql/driver", "net"}

// interpretProgram makes a script of a program, or says why it is refused.
func interpretProgram(t testing.TB, text string) (*interpretedProgram, error) {
	file := filepath.Join(t.TempDir(), "p.go")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	prog, err := check.Package(check.Config{Imports: diffImports}, file)
	if err != nil {
		return nil, err
	}
	problems := &check.Problems{Fset: prog.Fset()}
	p := &interpretedProgram{}
	m, no := lower.Compile(prog.Fset(), sources(prog), yaegi.Evaluate, p, machine.Limits{CPU: 20 * time.Second})
	for _, r := range no {
		problems.Add(r.Pos, r.Msg)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	p.machine = m
	return p, m.Init(t.Context())
}

// run calls one of the program's functions and returns what it printed.
func (p *interpretedProgram) run(name string) string {
	func() {
		defer func() {
			if r := recover(); r != nil {
				if p, ok := r.(*machine.Panic); ok {
					r = p.Value
				}
				fmt.Fprintln(p, "panic:", r)
			}
		}()
		f, _ := lower.Func[func()](p.machine, name)
		f()
	}()
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.out.Reset()
	return p.out.String()
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	i := 0
	for i < len(g)-1 && i < len(w)-1 && g[i] == w[i] {
		i++
	}
	return fmt.Sprintf("line %d of the output: got\n\t%s\nwant\n\t%s", i+1, g[i], w[i])
}

// engineNames are those of the engine's own: nothing that scripts print has them.
var engineNames = regexp.MustCompile(`\b(lower|carry|layout|script|boxed|library|templates)\.[A-Za-z]\w*|\bencoding\.(\w+Box|\w+Slot|mirrorKey|xmlAttr|\w+Error)\b|\bpage\d+\b|\bEmbedded_\w*|\[0\]uint8`)

func TestScriptsRunAsCompiled(t *testing.T) {
	programs := readDiffPrograms(t)
	want := compiled(t, programs)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			script, err := interpretProgram(t, p.source("main"))
			if err != nil {
				if p.refused == "" || !strings.Contains(err.Error(), p.refused) {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if p.refused != "" {
				t.Errorf("not refused any more: say so in its file")
			}
			for _, c := range diffContexts {
				got, want := script.run(c.name), want[p.name+"/"+c.name]
				if got != want {
					t.Errorf("%s: %s", c.name, firstDifference(got, want))
				}
				if name := engineNames.FindString(got); name != "" {
					t.Errorf("%s: a name of the engine's own shows: %s", c.name, name)
				}
			}
		})
	}
	if len(programs) < 300 && *onlyPrograms == "" {
		t.Errorf("%d programs, want at least 300", len(programs))
	}
	refused := slices.DeleteFunc(slices.Clone(programs), func(p diffProgram) bool { return p.refused == "" })
	t.Logf("%d programs in %d contexts each, %d refused", len(programs), len(diffContexts), len(refused))
}
