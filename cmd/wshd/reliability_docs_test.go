package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPromisesHaveTheirTests looks for every test that docs/reliability.md names, which is one for each
// line of its tables at least.
func TestPromisesHaveTheirTests(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(checkout, "docs/reliability.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	proof := regexp.MustCompile("`(Test[A-Za-z0-9]+|[a-z_]+\\.txtar)`")
	for _, m := range proof.FindAllStringSubmatch(string(text), -1) {
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
	for line := range strings.Lines(string(text)) {
		heading := strings.HasPrefix(line, "|--") || strings.HasSuffix(line, "| test |\n")
		if strings.HasPrefix(line, "|") && !heading && !proof.MatchString(line) {
			t.Errorf("a promise without a test: %s", line)
		}
	}
}
