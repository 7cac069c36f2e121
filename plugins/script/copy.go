package script

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"

	"wshd/plugins/script/check"
	"wshd/plugins/wsh/regular"
)

// Copy is a script with all that it imports of its root, as it was at one time: another process can load it,
// whatever has been saved since.
type Copy struct {
	Files map[string][]byte // by slash-separated name
	Root  string            // of these names, that of the handler root
	File  string            // and that of the script
	Hooks []string          // that the script has
}

// TakeCopy reads the script in file and checks it, as Load does before it runs anything of it.
func TakeCopy(c Config, file string) (*Copy, error) {
	prog, err := check.Script(c.checked(), file)
	if err != nil {
		return nil, err
	}
	m := ReadModule(c.Root)
	t := &Copy{Files: map[string][]byte{}, Root: "handlers", Hooks: prog.Hooks()}
	if m.Also != "" { // what the root is called by a go.mod above
		t.Root = path.Base(m.Also)
		t.Files["go.mod"] = []byte("module " + path.Dir(m.Also) + "\n")
	}
	if t.File, err = t.place(c.Root, file); err != nil {
		return nil, err
	}
	names := append(prog.Files(), filepath.Join(c.Root, "go.mod"), filepath.Join(c.Root, "vendor", "modules.txt"))
	for _, name := range names {
		text, err := regular.Read(name)
		if errors.Is(err, fs.ErrNotExist) && filepath.Ext(name) != ".go" {
			continue
		}
		if err != nil {
			return nil, err
		}
		at, err := t.place(c.Root, name)
		if err != nil {
			return nil, err
		}
		t.Files[at] = text
	}
	return t, nil
}

// place is where a file of the root is in the copy.
func (t *Copy) place(root, name string) (string, error) {
	rel, err := filepath.Rel(root, name)
	return path.Join(t.Root, filepath.ToSlash(rel)), err
}
