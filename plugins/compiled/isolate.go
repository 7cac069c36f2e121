package compiled

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"wshd/host/worker"
	"wshd/plugins/script"
	"wshd/plugins/wsh"
)

// ownProgram is the program that this process runs, even if another has taken its place.
const ownProgram = "/proc/self/exe"

// task is what a process is told that interprets a script, as JSON.
type task struct {
	Folder     string // that the copy is in
	Root, File string // in there
	Shown      string // what the handler root is called in errors
	Name       string
	Imports    []string
	CPU        time.Duration
	Depth      int
}

// isolated is script.Load, in a process of its own: this program, which Interpret makes one of that kind. The
// process is given a copy of the script, so that it can be begun anew whatever has been saved since.
func (c Choice) isolated(ctx context.Context, s script.Config, file, name string) (*wsh.Handler, error) {
	if err := worker.Supported(); err != nil {
		return nil, fmt.Errorf("scripts.isolate: %w", err)
	}
	t, err := script.TakeCopy(s, file)
	if err != nil {
		return nil, err
	}
	prepare := func() (args []string, done func(), err error) {
		folder, err := lay(t.Files)
		if err != nil {
			return nil, nil, err
		}
		text, err := json.Marshal(task{folder, t.Root, t.File, s.Root, name, s.Imports, s.CPU, s.Depth})
		return []string{string(text)}, func() { os.RemoveAll(folder) }, err
	}
	h, err := c.Process.start(ctx, worker.Config{Name: os.Args[0], Program: ownProgram, Prepare: prepare}, s.Root, name, t.Hooks)
	var refused *worker.Refused
	if errors.As(err, &refused) {
		return nil, errorsOf(refused.Why)
	}
	return h, err
}

// lay writes files into a folder that any user can read: the process may be another's.
func lay(files map[string][]byte) (folder string, err error) {
	if folder, err = os.MkdirTemp("", "wshd-"); err != nil {
		return "", err
	}
	err = os.Chmod(folder, 0o755)
	for name, text := range files {
		err = errors.Join(err, writeFile(folder, name, text))
	}
	if err != nil {
		os.RemoveAll(folder)
	}
	return folder, err
}

// errorsOf takes apart why a script could not be loaded.
func errorsOf(text string) error {
	var list script.Errors
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list) == 0 {
		return errors.New(text)
	}
	return list
}

// Isolated reports whether this process is to interpret a handler, and nothing else.
func Isolated() bool { return worker.Is() }

// Interpret runs the handler that args, as isolated makes them, tell of, until the host has gone.
func Interpret(args []string) {
	var t task
	if err := json.Unmarshal([]byte(strings.Join(args, "")), &t); err != nil {
		worker.Refuse(err.Error())
		os.Exit(2)
	}
	root := filepath.Join(t.Folder, filepath.FromSlash(t.Root))
	c := script.Config{Root: root, Shown: t.Shown, Imports: t.Imports, CPU: t.CPU, Depth: t.Depth}
	c.Output = func(_, line string) { fmt.Println(line) }
	c.Failed = worker.Failed
	h, err := script.Load(context.Background(), c, filepath.Join(t.Folder, filepath.FromSlash(t.File)), t.Name)
	if err != nil {
		worker.Refuse(textOf(err))
		os.Exit(2)
	}
	worker.Main(h)
}

// textOf is an error as errorsOf takes it apart.
func textOf(err error) string {
	var list script.Errors
	if !errors.As(err, &list) {
		return err.Error()
	}
	text, wrong := json.Marshal(list)
	if wrong != nil {
		return err.Error()
	}
	return string(text)
}
