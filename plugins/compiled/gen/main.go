// Gen writes coder.zip: the source of github.com/coder/websocket, without its tests, for compiled
// handlers on machines that cannot fetch it.
package main

import (
	"archive/zip"
	"bytes"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/coder/websocket").Output()
	if err != nil {
		log.Fatal(err)
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	root := strings.TrimSpace(string(dir))
	err = filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		wanted := filepath.Ext(rel) == ".go" || filepath.Ext(rel) == ".s" || rel == "go.mod" || rel == "LICENSE.txt"
		if d.IsDir() || !wanted || strings.HasSuffix(rel, "_test.go") || strings.Contains(rel, "thirdparty") || strings.HasPrefix(rel, "wsjson") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		w, err := z.Create(filepath.ToSlash(rel)) // without a time: the same source makes the same file
		if err != nil {
			return err
		}
		_, err = w.Write(text)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := z.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("coder.zip", b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
