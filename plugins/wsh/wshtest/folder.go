package wshtest

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Handlers runs the tests of the handlers below a folder, each chat_wsh.go with the chat_wsh_test.go beside it:
// go test ./... passes over files that say //go:build ignore. wshd init lays a file that calls it:
//
//	func TestHandlers(t *testing.T) { wshtest.Handlers(t, ".") }
//
// Each is a program of its own, made by the go command.
func Handlers(t *testing.T, folder string) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command is found, which handlers' tests are run by: ", err)
	}
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != folder && (d.Name()[0] == '.' || d.Name() == "vendor"):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		text, err := os.ReadFile(name) // so that the go command knows on which files the outcome depends
		if err != nil || !strings.HasSuffix(name, "_wsh_test.go") || !ignored(string(text)) {
			return err
		}
		handler := strings.TrimSuffix(name, "_test.go") + ".go"
		if _, err := os.Stat(handler); errors.Is(err, fs.ErrNotExist) {
			return nil // of a folder, perhaps
		}
		t.Run(filepath.ToSlash(handler), func(t *testing.T) { testHandler(t, handler, name) })
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// ignored reports whether the go command passes over a file, unless it is named.
func ignored(text string) bool {
	for line := range strings.Lines(text) {
		switch line = strings.TrimSpace(line); {
		case line == "//go:build ignore":
			return true
		case line != "" && !strings.HasPrefix(line, "//"):
			return false
		}
	}
	return false
}

func testHandler(t *testing.T, handler, test string) {
	t.Parallel()
	args := []string{"test"}
	if testing.Verbose() {
		args = append(args, "-v")
	}
	cmd := exec.CommandContext(t.Context(), "go", append(args, filepath.Base(handler), filepath.Base(test))...)
	cmd.Dir = filepath.Dir(handler)
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		t.Errorf("%s: %v\n%s", test, err, out)
	case testing.Verbose():
		t.Logf("%s", out)
	}
}
