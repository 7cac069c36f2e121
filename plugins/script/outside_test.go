package script

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/plugins/script/check"
	"wshd/plugins/script/lower"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/yaegi"
)

var outside = flag.Int("outside", 0, "run every n-th of the Go distribution's own run-tests, and print the table")

// outsideTable holds what each program of every fourth came to: its name, the verdict and the reason, with
// tabs between. It is written by: go test ./plugins/script -run Outside -outside 4 -update
const outsideTable = "testdata/outside.txt"

// TestOutside measures on programs that others wrote: those of GOROOT/test that begin with "// run".
// They print nothing, or what a file beside them says, and panic when something is wrong.
func TestOutside(t *testing.T) {
	if name := os.Getenv("SCRIPT_OUTSIDE"); name != "" {
		runOutside(name)
		return
	}
	if *outside == 0 {
		*outside = 256
	}
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skip("the go command is not here, nor are its tests")
	}
	root := filepath.Join(strings.TrimSpace(string(out)), "test")
	var names []string
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		if text, err := os.ReadFile(path); err == nil && bytes.HasPrefix(text, []byte("// run\n")) {
			names = append(names, path)
		}
		return nil
	})
	if len(names) == 0 {
		t.Skip("the Go distribution's tests are not here")
	}
	known := readOutsideTable(t)
	counts, lines := map[string]int{}, []string{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan bool, 2)
	for i := 0; i < len(names); i += *outside {
		wg.Go(func() {
			slots <- true
			defer func() { <-slots }()
			verdict, detail := outsideVerdict(names[i])
			mu.Lock()
			defer mu.Unlock()
			counts[verdict]++
			short := filepath.ToSlash(strings.TrimPrefix(names[i], root+string(filepath.Separator)))
			lines = append(lines, strings.TrimSpace(short+"\t"+verdict+"\t"+outsideReason(detail, names[i])))
			if was := known[short]; !*update && verdict != was && (verdict == "wrong" || verdict == "died" || was == "same") {
				t.Errorf("%s: %s, was %q: %s", short, verdict, was, detail)
			}
		})
	}
	wg.Wait()
	if counts["same"] == 0 {
		t.Error("not one program ran the same")
	}
	sort.Strings(lines)
	t.Logf("%v\n%s", counts, strings.Join(lines, "\n"))
	if *update && *outside == 4 {
		head := "# The programs of GOROOT/test that begin with \"// run\", every fourth: name, verdict, reason.\n"
		if err := os.WriteFile(outsideTable, []byte(head+strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func readOutsideTable(t *testing.T) map[string]string {
	text, err := os.ReadFile(outsideTable)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{}
	for line := range strings.Lines(string(text)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), "\t")
		known[name], _, _ = strings.Cut(rest, "\t")
	}
	return known
}

// outsideReason is the first thing that was said of a program, without its place.
func outsideReason(detail, name string) string {
	detail, _, _ = strings.Cut(detail, "; "+name)
	if rest, ok := strings.CutPrefix(detail, name+":"); ok {
		if _, message, ok := strings.Cut(rest, ": "); ok {
			detail = message
		}
	}
	if strings.HasPrefix(detail, "stopped: ran for ") {
		return "too slow: it computes for more than 20s without waiting, and is stopped"
	}
	return strings.ReplaceAll(detail, "\t", " ")
}

func outsideVerdict(name string) (verdict, detail string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestOutside$")
	cmd.Env = append(os.Environ(), "SCRIPT_OUTSIDE="+name)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return "wrong", "does not end"
	}
	text := string(out)
	if i := strings.Index(text, "VERDICT "); i >= 0 {
		verdict, detail, _ = strings.Cut(strings.TrimPrefix(strings.SplitN(text[i:], "\n", 2)[0], "VERDICT "), " ")
		if verdict == "ran" {
			want, _ := os.ReadFile(strings.TrimSuffix(name, ".go") + ".out")
			if got := text[:i]; strings.TrimSpace(got) != strings.TrimSpace(string(want)) {
				return "wrong", fmt.Sprintf("printed %.200q", got)
			}
			return "same", ""
		}
		return verdict, detail
	}
	return "died", fmt.Sprintf("%v %.300q", err, text)
}

func runOutside(name string) {
	prog, err := check.Package(check.Config{}, name)
	if err == nil {
		p := &check.Problems{Fset: prog.Fset()}
		m, refused := lower.Compile(prog.Fset(), sources(prog), yaegi.Evaluate, os.Stdout, machine.Limits{CPU: 20 * time.Second})
		for _, r := range refused {
			p.Add(r.Pos, r.Msg)
		}
		if err = p.Err(); err == nil {
			runProgram(m)
		}
	}
	fmt.Printf("\nVERDICT refused %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	os.Exit(0)
}

func runProgram(m *lower.Program) {
	err := m.Init(context.Background())
	if err == nil {
		main, _ := lower.Func[func()](m, "main")
		func() {
			defer func() {
				if r := recover(); r != nil {
					err = fmt.Errorf("%v", r)
				}
			}()
			main()
		}()
	}
	if err != nil {
		fmt.Printf("\nVERDICT wrong %.300s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	} else {
		fmt.Printf("\nVERDICT ran\n")
	}
	os.Exit(0)
}
