package serve

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"wshd/plugins"
	"wshd/plugins/nearest"
	"wshd/plugins/wsh/urlpath"
	"wshd/scripts"
)

// whyMissing tells why there is nothing at a path: a handler does not load, or its file has a wrong name,
// or somebody has mistyped the path.
func whyMissing(root string, routes func() []plugins.Route, routeOf func(path string) (plugins.Route, bool)) func(path string) string {
	return func(path string) string {
		if r, ok := routeOf(path); ok && r.Err != nil {
			return fmt.Sprintf("%s does not load:\n\n%v", r.Script, r.Err)
		}
		name, _ := urlpath.Unescape(path) // of the form that a browser sends; otherwise no file's
		name = strings.TrimPrefix(name, "/")
		var known []string
		for _, r := range routes() {
			if r.AliasOf == "" && strings.TrimSuffix(strings.TrimSuffix(r.Script, ".go"), "_wsh") == name {
				return r.Script + " says that it is at " + r.Path
			}
			known = append(known, r.Path)
		}
		if fs.ValidPath(name) {
			file := filepath.Join(root, filepath.FromSlash(name))
			switch {
			case isFile(file + ".go"):
				return fmt.Sprintf("%s.go is no handler: call it %s_wsh.go", file, filepath.Base(file))
			case isFile(file + "_wsh.py"):
				return file + "_wsh.py is Python, which is not run: docs/coming-from-pywebsocket.md says how to write it in Go"
			}
		}
		if meant := nearest.To(path, known); meant != "" {
			return "nothing is served here; did you mean " + meant + "?"
		}
		return ""
	}
}

// routesFile is made anew at each request, for the console's list of handlers.
const routesFile = "handlers.json"

// builtinPages are the pages that come with wshd. To a client on this machine, while only such can connect, they
// tell which handlers there are, and otherwise null.
func builtinPages(here bool, root string, routes func() []plugins.Route) fs.FS {
	if !here {
		routes = nil
	}
	return pagesWithRoutes{scripts.Pages, root, routes}
}

type pagesWithRoutes struct {
	fs.FS
	root   string
	routes func() []plugins.Route // nil: not to be told
}

// Open opens a page, or the list of handlers as it is now.
func (p pagesWithRoutes) Open(name string) (fs.File, error) {
	if name != routesFile {
		return p.FS.Open(name)
	}
	text := []byte("null")
	if p.routes != nil {
		var err error
		if text, err = handlersJSON(p.root, p.routes()); err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
	}
	return &madeFile{Reader: bytes.NewReader(text), name: name}, nil
}

// madeFile is a file whose text is in memory.
type madeFile struct {
	*bytes.Reader
	name string
}

// The methods of fs.File and fs.FileInfo. The modification time is zero, so that nothing is cached.
func (f *madeFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *madeFile) Close() error               { return nil }
func (f *madeFile) Name() string               { return f.name }
func (f *madeFile) Mode() fs.FileMode          { return 0o444 }
func (f *madeFile) ModTime() time.Time         { return time.Time{} }
func (f *madeFile) IsDir() bool                { return false }
func (f *madeFile) Sys() any                   { return nil }

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}
