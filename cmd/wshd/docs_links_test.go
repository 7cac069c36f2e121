package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	docLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	docHeading = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	notInSlugs = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestDocsLink follows each link from one document to another, to its heading too, and finds every
// document that none leads to.
func TestDocsLink(t *testing.T) {
	documents := []string{filepath.Join(checkout, "README.md"), filepath.Join(checkout, "SECURITY.md"), filepath.Join(checkout, "CONTRIBUTING.md"),
		filepath.Join(checkout, "CHANGELOG.md"), filepath.Join(checkout, "README.zh.md")}
	files, err := filepath.Glob(checkout + "/docs/*")
	if err != nil {
		t.Fatal(err)
	}
	linked := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, ".md") {
			documents = append(documents, file)
		}
	}
	for _, document := range documents {
		text := prose(t, document)
		for _, link := range docLink.FindAllStringSubmatch(text, -1) {
			name, anchor, _ := strings.Cut(link[1], "#")
			if strings.Contains(name, "://") {
				continue
			}
			file := document
			if name != "" {
				file = filepath.Join(filepath.Dir(document), name)
				linked[file] = true
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: a dead link: %s", document, link[1])
				continue
			}
			if anchor != "" && !headings(t, file)[anchor] {
				t.Errorf("%s: no heading for the link %s", document, link[1])
			}
		}
	}
	for _, file := range files {
		if !linked[file] && !strings.HasSuffix(file, ".json") {
			t.Errorf("%s: no document links to it", file)
		}
	}
}

// prose is a document without its blocks of code.
func prose(t *testing.T, document string) string {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var kept strings.Builder
	for i, part := range strings.Split("\n"+string(text), "\n```") {
		if i%2 == 0 {
			kept.WriteString(part)
		}
	}
	return kept.String()
}

// headings are the anchors of a document, as GitHub makes them.
func headings(t *testing.T, document string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, heading := range docHeading.FindAllStringSubmatch(prose(t, document), -1) {
		slug := notInSlugs.ReplaceAllString(strings.ToLower(heading[1]), "")
		all[strings.ReplaceAll(slug, " ", "-")] = true
	}
	return all
}
