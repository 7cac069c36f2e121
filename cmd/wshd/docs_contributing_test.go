package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	quotedPath = regexp.MustCompile("`((?:\\./)?[a-z0-9_]+(?:/[a-z0-9_.]+)*(?:/|\\.[a-z]+))`|`((?:cmd|host|plugins|scripts)[a-z0-9_/]*)`")
	quotedCode = regexp.MustCompile("`([A-Za-z][A-Za-z.]*)`(?: and `([A-Za-z][A-Za-z.]*)`)? in `([a-z0-9_/]+(?:\\.go)?)`")
)

// TestContributingNamesWhatThereIs looks up each file and each function that CONTRIBUTING.md sends a
// newcomer to.
func TestContributingNamesWhatThereIs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(checkout, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	paths := 0
	for _, found := range quotedPath.FindAllStringSubmatch(string(text), -1) {
		if path := found[1] + found[2]; strings.Contains(path, "/") {
			paths++
			if _, err := os.Stat(filepath.Join(checkout, path)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	codes := 0
	for _, found := range quotedCode.FindAllStringSubmatch(string(text), -1) {
		for _, name := range found[1:3] {
			if name == "" {
				continue
			}
			codes++
			if name = name[strings.LastIndexByte(name, '.')+1:]; !declares(t, filepath.Join(checkout, found[3]), name) {
				t.Errorf("%s has no %s", found[3], name)
			}
		}
	}
	if paths < 15 || codes < 8 {
		t.Errorf("found %d paths and %d names: the page is read wrongly", paths, codes)
	}
}

// declares reports whether a Go file, or one of a folder's, has a function, type or variable of that name.
func declares(t *testing.T, path, name string) bool {
	t.Helper()
	files := []string{path}
	if !strings.HasSuffix(path, ".go") {
		files, _ = filepath.Glob(path + "/*.go")
	}
	declared := regexp.MustCompile(`(?m)^(?:func (?:\([^)]*\) )?|type |var )` + name + `\b`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if declared.Match(text) {
			return true
		}
	}
	return false
}
