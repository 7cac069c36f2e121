package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
)

// testSuffix ends the name of a handler's test, which stands beside it.
const testSuffix = "_wsh_test.go"

// test runs the tests of handlers, by the go command. A handler and its test are a program of their own; what the
// handlers share, and handlers that are folders, are packages as usual.
func (p program) test(f config.Flags) error {
	s, err := config.Load(f, p.environ)
	if err != nil {
		return err
	}
	root := s.Handlers
	if len(f.Args) > 0 {
		root = f.Args[0]
	}
	if err := there("test", s, root); err != nil {
		return err
	}
	runs, err := testRuns(root)
	switch {
	case err != nil:
		return err
	case len(runs) == 0:
		return hint.With(fmt.Errorf("there are no tests in %s", root),
			"the test of chat_wsh.go is chat_wsh_test.go beside it: docs/handlers.md#testing-a-handler")
	}
	if _, err := exec.LookPath("go"); err != nil {
		return hint.With(errors.New("tests are run by the go command, which is not here"), "https://go.dev/dl/")
	}
	failed := 0
	for _, r := range runs {
		cmd := exec.Command("go", append([]string{"test"}, r.args...)...)
		cmd.Dir, cmd.Stdout, cmd.Stderr = r.dir, p.stdout, p.stderr
		if err := cmd.Run(); err != nil {
			failed++
			fmt.Fprintf(p.stdout, "FAIL  %s\n", r.name)
		} else {
			fmt.Fprintf(p.stdout, "ok    %s\n", r.name)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %s failed", failed, count(len(runs), "test"))
	}
	return nil
}

// testRun is one call of go test.
type testRun struct {
	name, dir string
	args      []string
}

// testRuns finds the tests below root, which may be one handler or its test.
func testRuns(root string) (runs []testRun, err error) {
	if base, ok := handlerOf(root); ok {
		r, err := runOf(base)
		return []testRun{r}, err
	}
	packages := map[string]bool{}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "vendor" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		case strings.HasSuffix(name, testSuffix) && !strings.HasSuffix(filepath.Dir(name), "_wsh"):
			r, err := runOf(strings.TrimSuffix(name, "_test.go"))
			runs = append(runs, r)
			return err
		case !packages[filepath.Dir(name)]:
			packages[filepath.Dir(name)] = true
			runs = append(runs, testRun{name: filepath.Dir(name), dir: filepath.Dir(name), args: []string{"."}})
		}
		return nil
	})
	return runs, err
}

// handlerOf is the name of a handler without .go, of its file or its test's.
func handlerOf(name string) (base string, ok bool) {
	base = strings.TrimSuffix(strings.TrimSuffix(name, ".go"), "_test")
	return base, base != name && strings.HasSuffix(base, "_wsh") && isFile(name)
}

// runOf tests one handler.
func runOf(base string) (testRun, error) {
	for _, file := range []string{base + ".go", base + "_test.go"} {
		if _, err := os.Stat(file); err != nil {
			return testRun{}, fmt.Errorf("%s: %w", file, hint.Cause(err))
		}
	}
	dir, name := filepath.Split(base)
	return testRun{name: base + "_test.go", dir: dir, args: []string{name + ".go", name + "_test.go"}}, nil
}
