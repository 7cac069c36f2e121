package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"wshd/plugins/script/lower"
	"wshd/plugins/script/std"
)

// A diffProgram is run compiled and as a script, and must print the same.
type diffProgram struct {
	name  string
	decls string
	body  string // of main
}

// diffContexts are where a program's body is put: what works by itself may not in a closure.
var diffContexts = []struct{ name, before, after string }{
	{"alone", "", ""},
	{"closure", "func() {\n", "\n}()"},
	{"loop", "for range 2 {\n", "\n}"},
	{"defer", "func() {\ndefer func() {\n", "\n}()\n}()"},
	{"goroutine", "done := make(chan bool)\ngo func() {\ndefer close(done)\n", "\n}()\n<-done"},
}

func (p diffProgram) source(pkg, entry string, context int) string {
	c := diffContexts[context]
	body := "func " + entry + "() {\n" + c.before + p.body + c.after + "\n}\n"
	text := p.decls + body
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\n", pkg)
	for _, path := range slices.Sorted(maps.Keys(std.Packages())) {
		name := path[strings.LastIndexByte(path, '/')+1:]
		if path == "math/rand/v2" || path == "html/template" || path == "crypto/rand" || path == "text/scanner" {
			continue
		}
		if regexp.MustCompile(`(^|[^.\w"])` + name + `\.[A-Z]`).MatchString(text) {
			fmt.Fprintf(&b, "import %q\n", path)
		}
	}
	return b.String() + text
}

func readDiffPrograms(t *testing.T) []diffProgram {
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
			decls, body, ok := strings.Cut("\n"+text, "\nfunc main() {")
			if !ok {
				t.Fatalf("%s: %s has no main", file, name)
			}
			body = body[:strings.LastIndexByte(body, '}')]
			all = append(all, diffProgram{strings.TrimSuffix(filepath.Base(file), ".txt") + "/" + name, decls + "\n", body})
		}
	}
	return all
}

const diffMark = "\x01program "

// compiled builds all programs into one binary, runs it and returns what each printed.
func compiled(t *testing.T, programs []diffProgram) map[string]string {
	dir := t.TempDir()
	overlay := map[string]map[string]string{"Replace": {}}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(root, "plugins", "script", "difftest")
	put := func(name, text string) {
		file := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		overlay["Replace"][filepath.Join(base, name)] = file
	}
	var imports, calls strings.Builder
	for i, p := range programs {
		for c, context := range diffContexts {
			pkg := fmt.Sprintf("p%dx%d", i, c)
			put(pkg+"/"+pkg+".go", p.source(pkg, "Main", c))
			fmt.Fprintf(&imports, "import \"wshd/plugins/script/difftest/%s\"\n", pkg)
			fmt.Fprintf(&calls, "\trun(%q, %s.Main)\n", p.name+"/"+context.name, pkg)
		}
	}
	put("main.go", "package main\n\nimport \"fmt\"\n"+imports.String()+`
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
	data, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "difftest.bin")
	cmd := exec.Command("go", "build", "-overlay", name, "-o", binary, "./plugins/script/difftest")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	cmd = exec.Command(binary)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("run: %v\n%s", err, out.Bytes())
	}
	printed := map[string]string{}
	for _, part := range strings.Split(out.String(), diffMark)[1:] {
		name, text, _ := strings.Cut(part, "\n")
		printed[name] = regexp.MustCompile(`\bp\d+x\d+\.`).ReplaceAllString(text, "main.")
	}
	return printed
}

// interpreted runs a program as a script. refused says why, if it was refused.
func interpreted(t *testing.T, p diffProgram, context int) (printed, refused string) {
	file := filepath.Join(t.TempDir(), "p.go")
	if err := os.WriteFile(file, []byte(p.source("main", "main", context)), 0o644); err != nil {
		t.Fatal(err)
	}
	src, err := parse(file)
	if err != nil {
		return "", err.Error()
	}
	problems := &problems{fset: src.fset}
	prog := typecheck(src, problems)
	if err := problems.err(); err != nil {
		return "", err.Error()
	}
	var out bytes.Buffer
	m, no := lower.Compile(src.fset, sources(prog), evaluate, &out, lower.Limits{CPU: 10 * time.Second})
	for _, r := range no {
		problems.add(r.Pos, r.Msg)
	}
	if err := problems.err(); err != nil {
		return "", err.Error()
	}
	if err := m.Init(t.Context()); err != nil {
		return "", "init: " + err.Error()
	}
	run, _ := lower.Func[func()](m, "main")
	func() {
		defer func() {
			if r := recover(); r != nil {
				if p, ok := r.(*lower.Panic); ok {
					r = p.Value
				}
				fmt.Fprintln(&out, "panic:", r)
			}
		}()
		run()
	}()
	return out.String(), ""
}

func TestScriptsRunAsCompiled(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here, and there is nothing to compare with")
	}
	programs := readDiffPrograms(t)
	want := compiled(t, programs)
	counts := map[string]int{}
	for _, p := range programs {
		for c, context := range diffContexts {
			name := p.name + "/" + context.name
			t.Run(name, func(t *testing.T) {
				got, refused := interpreted(t, p, c)
				switch {
				case refused != "":
					counts["refused"]++
					t.Errorf("refused: %s", refused)
				case got != want[name]:
					counts["wrong"]++
					t.Errorf("got\n%s\nwant\n%s", got, want[name])
				default:
					counts["same"]++
				}
			})
		}
	}
	t.Logf("%v", counts)
}
