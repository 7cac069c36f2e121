package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"

	"wshd/plugins/script"
	"wshd/plugins/wsh"
)

// hooks make a handler of a program: its result is the subprotocol.
const hooks = `package main

import (
	"strconv"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error {
	r.Protocol = strconv.Itoa(Run())
	return nil
}

func TransferData(r *wsh.Request) error { return nil }
`

func inWshd(folder, name, text string) (string, time.Duration, error) {
	dir := filepath.Join(folder, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", 0, err
	}
	main := filepath.Join(dir, name+"_wsh.go")
	_, body, _ := strings.Cut(text, "package main\n")
	imports := ""
	if head, rest, ok := strings.Cut(hooks, "import ("); ok {
		_, tail, _ := strings.Cut(rest, ")\n")
		imports, body = head+importsOf(text), tail+bodyOf(body)
	}
	if err := os.WriteFile(main, []byte(imports+body), 0o644); err != nil {
		return "", 0, err
	}
	h, err := script.Load(context.Background(), script.Config{}, main, name)
	if err != nil {
		return "", 0, err
	}
	r := &wsh.Request{}
	began := time.Now()
	err = h.DoExtraHandshake(r)
	return r.Protocol, time.Since(began), err
}

// importsOf are the imports of a program and of the hooks.
func importsOf(text string) string {
	b := strings.Builder{}
	b.WriteString("import (\n\t\"strconv\"\n\t\"wshd/plugins/wsh\"\n")
	for _, line := range strings.Split(text, "\n") {
		if p := strings.TrimSpace(strings.TrimPrefix(line, "import ")); strings.HasPrefix(p, `"`) && strings.HasSuffix(p, `"`) && p != `"strconv"` {
			b.WriteString("\t" + p + "\n")
		}
	}
	return b.String() + ")\n"
}

// bodyOf is a program without its imports.
func bodyOf(text string) string {
	if _, rest, ok := strings.Cut(text, "import (\n"); ok {
		_, rest, _ = strings.Cut(rest, ")\n")
		return rest
	}
	if _, rest, ok := strings.Cut(text, "import \""); ok {
		_, rest, _ = strings.Cut(rest, "\n")
		return rest
	}
	return text
}

// errRefused is of a program that stock yaegi does not run.
var errRefused = errors.New("refused")

func inYaegi(text string) (string, time.Duration, error) {
	in := interp.New(interp.Options{Stdout: io.Discard, Stderr: io.Discard})
	if err := in.Use(stdlib.Symbols); err != nil {
		return "", 0, err
	}
	if _, err := in.Eval(text); err != nil {
		return "", 0, fmt.Errorf("%w: %w", errRefused, err)
	}
	f, ok := in.Symbols("main")["main"]["Run"].Interface().(func() int)
	if !ok {
		return "", 0, fmt.Errorf("no func Run() int")
	}
	began := time.Now()
	n := f()
	return strconv.Itoa(n), time.Since(began), nil
}

// inPython has CPython run a program, which tells itself how long that took.
func inPython(python, text string) (string, time.Duration, error) {
	text += "\n\nimport time\nbegan = time.perf_counter_ns()\nn = run()\nprint(n, time.perf_counter_ns() - began)\n"
	out, err := exec.Command(python, "-c", text).Output()
	if err != nil {
		return "", 0, err
	}
	got, took, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	ns, err := strconv.ParseInt(took, 10, 64)
	return got, time.Duration(ns), err
}
