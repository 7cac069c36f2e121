package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestPromisesHaveTheirTests looks for every test that docs/reliability.md names.
func TestPromisesHaveTheirTests(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(checkout, "docs/reliability.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, m := range regexp.MustCompile("`(Test[A-Za-z0-9]+|[a-z_]+\\.txtar)`").FindAllStringSubmatch(string(text), -1) {
		named++
		if filepath.Ext(m[1]) == ".txtar" {
			if _, err := os.Stat(filepath.Join("testdata/script", m[1])); err != nil {
				t.Error(err)
			}
			continue
		}
		if err := exec.Command("grep", "-rqF", "--include=*_test.go", "func "+m[1]+"(", checkout).Run(); err != nil {
			t.Errorf("no %s", m[1])
		}
	}
	if named < 20 {
		t.Errorf("found only %d names", named)
	}
}
