package std

import (
	"bytes"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestGeneratedFilesAreFresh(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here, and what it generates cannot be compared")
	}
	dir := t.TempDir()
	if out, err := exec.Command("go", "run", "./gen", "-out", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fresh, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(fresh) == 0 {
		t.Fatal(fresh, err)
	}
	for _, name := range fresh {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Base(name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is stale: run go generate ./plugins/script/std", filepath.Base(name))
		}
	}
	held, err := filepath.Glob("sym*.go")
	if err != nil || len(held)+1 != len(fresh) {
		t.Errorf("got %d tables, want %d: remove those of packages no longer listed", len(held), len(fresh)-1)
	}
}

func TestEverySymbolHasAType(t *testing.T) {
	for path, pkg := range Packages() {
		for name := range Symbols(path) {
			if pkg.Scope().Lookup(name) == nil {
				t.Errorf("%s.%s: no type", path, name)
			}
		}
	}
	f, ok := Packages()["strings"].Scope().Lookup("Cut").(*types.Func)
	if !ok || f.Signature().Results().Len() != 3 {
		t.Errorf("got %v for strings.Cut", f)
	}
}
