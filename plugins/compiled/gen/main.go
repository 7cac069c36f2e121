// Gen writes modules.zip: the source of the modules that a compiled handler needs besides its own, without
// their tests, for machines that cannot fetch them.
package main

import (
	"archive/zip"
	"bytes"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// folders are those of each module that are needed.
var folders = map[string][]string{
	"github.com/coder/websocket":    {".", "internal/bpool", "internal/errd", "internal/util"},
	"github.com/klauspost/compress": {"flate", "internal/le", "internal/regmask"},
}

func main() {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, module := range []string{"github.com/coder/websocket", "github.com/klauspost/compress"} {
		dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil {
			log.Fatal(err)
		}
		if err := add(z, module, strings.TrimSpace(string(dir))); err != nil {
			log.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("modules.zip", b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

// add adds a module's files. They have no time: the same source makes the same archive.
func add(z *zip.Writer, module, root string) error {
	var files []string
	for _, folder := range append([]string{"."}, folders[module]...) {
		entries, err := os.ReadDir(filepath.Join(root, folder))
		if err != nil {
			return err
		}
		for _, e := range entries {
			name := path.Join(folder, e.Name())
			code := slices.Contains(folders[module], folder) && (path.Ext(name) == ".go" || path.Ext(name) == ".s") && !strings.HasSuffix(name, "_test.go")
			if !e.IsDir() && (code || folder == "." && (name == "go.mod" || strings.HasPrefix(name, "LICENSE"))) && !slices.Contains(files, name) {
				files = append(files, name)
			}
		}
	}
	for _, name := range files {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		w, err := z.Create(path.Join(module, name))
		if err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}
