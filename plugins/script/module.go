package script

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"wshd/plugins/script/std"
)

// Module is the code that the handlers of a root share: its own packages, and those that its vendor
// folder holds.
type Module struct {
	Root string // the handler root
	Path string // what the import paths of its own packages begin with
}

// DefaultModule is the path of a module without a go.mod.
const DefaultModule = "handlers"

// ReadModule reads the go.mod of a root.
func ReadModule(root string) Module {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return Module{root, DefaultModule}
	}
	return Module{root, ModulePath(string(text))}
}

// ModulePath is what the text of a go.mod calls its module.
func ModulePath(text string) string {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		if words := strings.Fields(line); len(words) == 2 && words[0] == "module" {
			return strings.Trim(words[1], "\"`")
		}
	}
	return DefaultModule
}

// Folder is where a package lies, relative to the root and with slashes; "" if it is the host's or
// Go's. What is not the module's own must be in vendor.
func (m Module) Folder(path string) string {
	switch {
	case m.Root == "" || !fs.ValidPath(path) || std.Has(path):
		return ""
	case path == m.Path:
		return "."
	case m.owns(path):
		return strings.TrimPrefix(path, m.Path+"/")
	case whyNever(path) != "":
		return ""
	}
	return "vendor/" + path
}

// dir is that folder as it can be opened.
func (m Module) dir(path string) string {
	return filepath.Join(m.Root, filepath.FromSlash(m.Folder(path)))
}

// owns reports whether path is of the module itself.
func (m Module) owns(path string) bool {
	return path == m.Path || strings.HasPrefix(path, m.Path+"/")
}
