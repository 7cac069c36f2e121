package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"wshd/cmd/wshd/begin"
	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
)

// initFolder lays a folder that can be served, edited and tested as it is, or brings one up to date.
func (p program) initFolder(f config.Flags) error {
	if len(f.Args) == 0 {
		return hint.Usage(errors.New("init: no folder"), "wshd init mychat")
	}
	dir := f.Args[0]
	if f.Update {
		if f.Template != "" {
			return hint.Usage(errors.New("init: --update together with --template"), "give either")
		}
		changed, err := begin.Update(dir)
		if err != nil {
			return err
		}
		if changed == 0 {
			fmt.Fprintf(p.stdout, "%s is up to date\n", filepath.Join(dir, ".wshd"))
			return nil
		}
		fmt.Fprintf(p.stdout, "%s is this wshd's now: %s changed\n", filepath.Join(dir, ".wshd"), count(changed, "file"))
		return nil
	}
	laid, err := begin.Lay(dir, f.Template)
	if err != nil {
		return err
	}
	for _, name := range laid.Kept {
		fmt.Fprintf(p.stdout, "%s stays as it is\n", name)
	}
	for _, name := range laid.Changed {
		fmt.Fprintf(p.stdout, "%s requires wshd now, which is in %s\n", name, filepath.Join(dir, ".wshd"))
	}
	edit := filepath.Join(dir, laid.Handler)
	if laid.Handler == "" {
		edit = "your handlers"
	}
	fmt.Fprintf(p.stdout, initDone, dir, hint.Typed(os.Args[0]), hint.ShellQuote(filepath.Join(dir, "config.yaml")), edit)
	return nil
}

const initDone = `%s is ready. Next:

  %s --config %s

Then open http://localhost:9998/, and edit %s while it runs.
"go test ./..." in the folder runs the handlers' tests.
`
