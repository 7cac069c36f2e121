package check

import (
	"cmp"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"wshd/plugins/script/std"
	"wshd/plugins/wsh/regular"
)

// Module is the code that the handlers of a root share: its own packages, and those that its vendor
// folder holds.
type Module struct {
	Root string // the handler root
	Path string // what the import paths of its own packages begin with
	Also string // another such path, if the root is a folder of a greater module; "": it is not
}

// ReadModule finds out what the packages of a root are called: by the go.mod there or, without one,
// handlers and what the Go tools call them, by a go.mod above.
func ReadModule(root string) Module {
	if text, err := regular.Read(filepath.Join(root, "go.mod")); err == nil {
		return Module{Root: root, Path: modulePath(string(text))}
	}
	m := Module{Root: root, Path: "handlers"}
	full, err := filepath.Abs(root)
	if err != nil {
		return m
	}
	for dir := filepath.Dir(full); ; dir = filepath.Dir(dir) {
		if text, err := regular.Read(filepath.Join(dir, "go.mod")); err == nil {
			if rel, err := filepath.Rel(dir, full); err == nil {
				m.Also = path.Join(modulePath(string(text)), filepath.ToSlash(rel))
			}
			return m
		}
		if dir == filepath.Dir(dir) {
			return m
		}
	}
}

// modulePath is what the text of a go.mod calls its module.
func modulePath(text string) string {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		if words := strings.Fields(line); len(words) == 2 && words[0] == "module" {
			return strings.Trim(words[1], "\"`")
		}
	}
	return "handlers"
}

// Folder is where a package lies, relative to the root and with slashes; "" if it is the host's or
// Go's. What is not the module's own must be in vendor.
func (m Module) Folder(path string) string {
	switch {
	case m.Root == "" || !fs.ValidPath(path) || std.Has(path):
		return ""
	case m.owns(path):
		return cmp.Or(strings.TrimPrefix(m.own(path), "/"), ".")
	case whyNever(path) != "":
		return ""
	}
	return "vendor/" + path
}

// dir is that folder as it can be opened.
func (m Module) dir(path string) string {
	return filepath.Join(m.Root, filepath.FromSlash(m.Folder(path)))
}

// name is what a package is called, whichever way it is imported.
func (m Module) name(path string) string {
	if !m.owns(path) {
		return path
	}
	return cmp.Or(m.Also, m.Path) + m.own(path)
}

// own is what comes after the module's path.
func (m Module) own(path string) string {
	if rest, ok := strings.CutPrefix(path, m.Path); ok && (rest == "" || rest[0] == '/') {
		return rest
	}
	return strings.TrimPrefix(path, m.Also)
}

// owns reports whether path is of the module itself.
func (m Module) owns(path string) bool {
	for _, own := range []string{m.Path, m.Also} {
		if own != "" && (path == own || strings.HasPrefix(path, own+"/")) {
			return true
		}
	}
	return false
}
