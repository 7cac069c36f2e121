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

	"wshd/plugins/script/lower"
)

var outside = flag.Int("outside", 0, "run every n-th of the Go distribution's own run-tests, and print the table")

// outsideWrong are the programs, of every fourth, that are known to be run otherwise than compiled.
var outsideWrong = map[string]bool{
	"/abi/fibish.go":   true,
	"/divmod.go":       true,
	"/ken/modconst.go": true,
}

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
	counts, details := map[string]int{}, []string{}
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
			short := strings.TrimPrefix(names[i], root)
			if (verdict == "wrong" || verdict == "died") && !outsideWrong[short] {
				t.Errorf("%s: %s %s", short, verdict, detail)
			}
			details = append(details, fmt.Sprintf("%-8s %s %s", verdict, short, detail))
		})
	}
	wg.Wait()
	if counts["same"] == 0 {
		t.Error("not one program ran the same")
	}
	sort.Strings(details)
	t.Logf("%v\n%s", counts, strings.Join(details, "\n"))
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
	src, err := parse(name)
	p := &problems{}
	if err == nil {
		p.fset = src.fset
		prog := typecheck(src, p)
		if err = p.err(); err == nil {
			var m *lower.Program
			var refused []lower.Refusal
			m, refused = lower.Compile(src.fset, sources(prog), evaluate, os.Stdout, lower.Limits{CPU: 20 * time.Second})
			for _, r := range refused {
				p.add(r.Pos, r.Msg)
			}
			if err = p.err(); err == nil {
				runProgram(m)
			}
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
