package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/serve"
	"wshd/cmd/wshd/terminal"
	"wshd/plugins/compiled"
	"wshd/plugins/imported"
)

// build compiles handlers ahead.
func (p program) build(f config.Flags) error {
	s, err := config.Load(f, p.environ)
	if err != nil {
		return err
	}
	if len(f.Args) > 0 {
		if err := there("build", s, f.Args[0]); err != nil {
			return err
		}
		s.Only(f.Args[0])
	}
	b := serve.Compiler(s, os.Getenv("GOOS"), os.Getenv("GOARCH"))
	if b == nil {
		return hint.With(errors.New("scripts.compile is never: nothing is compiled"), "wshd build --scripts-compile needed")
	}
	if err := imported.Keep(s.Handlers); err != nil {
		fmt.Fprintln(p.stderr, "warning:", err)
	}
	routes, _, err := loadRoutes(s, terminal.Of(p.stderr, p.environ))
	if err != nil {
		return err
	}
	made, bad := 0, 0
	for _, r := range routes {
		switch {
		case r.AliasOf != "":
			continue
		case r.Err != nil:
			bad++
			fmt.Fprintln(p.stderr, r.Err)
			continue
		case r.Compiled == "":
			continue
		}
		begun := func() { fmt.Fprintf(p.stderr, "compiling %s: %s\n", r.Script, r.Compiled) }
		program, err := b.BuildAhead(context.Background(), filepath.Join(s.Handlers, filepath.FromSlash(r.Script)), r.Script, begun)
		if errors.Is(err, compiled.ErrNoGo) {
			return err
		}
		if err != nil {
			bad++
			fmt.Fprintln(p.stderr, err)
			continue
		}
		made++
		fmt.Fprintf(p.stdout, "%s  %s\n", r.Path, program.File)
	}
	if bad > 0 {
		return hint.Exit(1)
	}
	if made == 0 {
		fmt.Fprintln(p.stdout, "no handler has to be compiled: all can be interpreted (--scripts-compile always compiles them all)")
	}
	return nil
}
