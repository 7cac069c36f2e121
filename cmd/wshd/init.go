package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/plugins"
	"wshd/plugins/imported"
	"wshd/scripts"
)

//go:embed template
var template embed.FS

// apiFolder holds the source of the wsh package. Tools that read all Go files under a folder leave
// out those that begin with a dot.
const apiFolder = ".wshd"

// goMod is the handlers' own module, and apiMod that of the API, without a network to get it from.
const (
	goMod  = "module handlers\n\ngo 1.26\n\nrequire wshd v0.0.0\n\nreplace wshd => ./" + apiFolder + "\n"
	apiMod = "module wshd\n\ngo 1.26\n"
)

// init lays a folder that can be served, edited and vetted as it is.
func (p program) initFolder(f config.Flags) error {
	if len(f.Args) == 0 {
		return hint.Usage(errors.New("init: no folder"), "wshd init mychat")
	}
	dir := f.Args[0]
	files, err := initFiles()
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Lstat(file); err == nil {
			return hint.With(fmt.Errorf("%s is there already; nothing was written", file),
				"wshd init takes a new folder")
		}
	}
	for _, name := range names {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := writeNew(file, files[name]); err != nil {
			return err
		}
	}
	fmt.Fprintf(p.stdout, initDone, dir, hint.Typed(os.Args[0]), hint.ShellQuote(filepath.Join(dir, "config.yaml")),
		filepath.Join(dir, "echo_wsh.go"))
	return nil
}

const initDone = `%s is ready. Next:

  %s --config %s

Then open http://localhost:9998/, and edit %s while it runs.
`

// initFiles is what init lays, by slash-separated name.
func initFiles() (map[string][]byte, error) {
	files := map[string][]byte{
		"go.mod":              []byte(goMod),
		apiFolder + "/go.mod": []byte(apiMod),
		imported.File:         imported.Text([]string{"wshd/plugins/wsh"}),
	}
	echo, err := scripts.Handlers.ReadFile("echo_wsh.go")
	if err != nil {
		return nil, err
	}
	files["echo_wsh.go"] = echo
	err = copyFiles(files, template, "template", "")
	if err != nil {
		return nil, err
	}
	return files, copyFiles(files, plugins.Source, "wsh", apiFolder+"/plugins/wsh")
}

// copyFiles adds the files under root, but for tests, as files under to.
func copyFiles(files map[string][]byte, from fs.FS, root, to string) error {
	return fs.WalkDir(from, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		files[path.Join(to, strings.TrimPrefix(name, root+"/"))], err = fs.ReadFile(from, name)
		return err
	})
}

// writeNew writes a file that is not there yet, and the folders above it.
func writeNew(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return fmt.Errorf("make the folder of %s: %w", name, hint.Cause(err))
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, hint.Cause(err))
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
