package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"wshd/cmd/wshd/begin"
	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/serve"
	"wshd/scripts"
)

// demo serves the examples that are in this program, from a folder that lasts as long.
func (p program) demo(f config.Flags) (err error) {
	if f.Gives("handlers") {
		return hint.Usage(errors.New("demo: it serves its own handlers"), "to serve those of a folder: wshd -w DIR")
	}
	dir, err := os.MkdirTemp("", "wshd-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the examples: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	files := map[string][]byte{}
	if err := begin.CopyFiles(files, scripts.Handlers, ".", "", false); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := begin.WriteNew(filepath.Join(dir, name), files[name]); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.stderr, "demo: the examples are in %s until wshd ends; what you change or add there is served at once\n", dir)
	f.Set("handlers", dir)
	return serve.Run(serve.Config{Flags: f, Environ: p.environ, Stderr: p.stderr, Version: buildVersion()})
}
