package script

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A nativeBuild is a set of files that the go command is shown as if they lay in this module, under
// plugins/script/difftest. Their paths are always the same, so that go's cache knows what has not
// changed.
type nativeBuild struct {
	dir, root string
	replace   map[string]string
	flags     []string // for go build
}

func newNativeBuild(t testing.TB) *nativeBuild {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not here, and there is nothing to compare with")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return &nativeBuild{dir: t.TempDir(), root: root, replace: map[string]string{}}
}

// put adds a file; name is its path under difftest.
func (n *nativeBuild) put(t testing.TB, name, text string) {
	t.Helper()
	file := filepath.Join(n.dir, strings.ReplaceAll(name, "/", "_"))
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	n.replace[filepath.Join(n.root, "plugins", "script", "difftest", name)] = file
}

// run builds package difftest, as a command or as its test, and runs it.
func (n *nativeBuild) run(t testing.TB, test bool) string {
	t.Helper()
	data, err := json.Marshal(map[string]any{"Replace": n.replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(n.dir, "overlay.json")
	if err := os.WriteFile(overlay, data, 0o644); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(n.dir, "difftest.bin")
	args := []string{"build"}
	if test {
		args = []string{"test", "-c", "-vet=off"}
	}
	args = append(append(args, n.flags...), "-overlay", overlay, "-o", binary, "-ldflags=-s -w", "./plugins/script/difftest")
	cmd := exec.Command("go", args...)
	cmd.Dir = n.root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	cmd = exec.Command(binary)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		last := out.Bytes()[max(0, out.Len()-4000):]
		t.Fatalf("run: %v, after\n%s", err, last)
	}
	return out.String()
}
