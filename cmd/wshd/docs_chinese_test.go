package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestChineseReadmeSaysTheSame compares what README.zh.md has its reader do with what README.md does, which
// TestDocs runs. Only where modules come from is told there alone.
func TestChineseReadmeSaysTheSame(t *testing.T) {
	steps := func(name string) (all []docStep) {
		text, err := os.ReadFile(filepath.Join(checkout, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range docSteps(t, string(text)) {
			if step.line = 0; !strings.Contains(step.text, "GOPROXY=") {
				all = append(all, step)
			}
		}
		return all
	}
	want, got := steps("README.md"), steps("README.zh.md")
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			t.Fatalf("step %d of README.zh.md is not that of README.md:\n%+v\n%+v", i+1, got[min(i, len(got)):min(i+1, len(got))], want[min(i, len(want)):min(i+1, len(want))])
		}
	}
	text := prose(t, filepath.Join(checkout, "README.zh.md"))
	for _, link := range docLink.FindAllStringSubmatch(prose(t, filepath.Join(checkout, "README.md")), -1) {
		if link[1] != "README.zh.md" && !strings.Contains(text, "]("+link[1]+")") {
			t.Errorf("README.zh.md does not link to %s", link[1])
		}
	}
}
