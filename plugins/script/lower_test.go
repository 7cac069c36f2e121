package script

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"wshd/plugins/script/lower"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestLowering shows what constructs are lowered to: testdata/lower holds each before and after.
func TestLowering(t *testing.T) {
	files, err := filepath.Glob("testdata/lower/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("nothing to lower", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := parse(file)
			if err != nil {
				t.Fatal(err)
			}
			p := &problems{fset: src.fset}
			prog := typecheck(src, p)
			if err := p.err(); err != nil {
				t.Fatal(err)
			}
			var got string
			_, refused := lower.Compile(src.fset, sources(prog), func(texts []string, symbols map[string]reflect.Value) (map[string]reflect.Value, error) {
				got = strings.ReplaceAll(strings.Join(texts, ""), "}\npackage main\n\n", "}\n")
				return evaluate(texts, symbols)
			}, io.Discard, lower.Limits{Explain: true})
			if len(refused) > 0 {
				t.Fatal(refused)
			}
			golden := strings.TrimSuffix(file, ".go") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}
