package compiled

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"wshd/plugins/wsh/regular"
)

// ownModule is what handlers import.
const ownModule = "wshd"

// noModule is the go.mod of a root that has none.
const noModule = "module handlers\n\ngo 1.26\n"

// module is the go.mod that a handler is built by: the user's own, with wshd's source in it. Theirs is
// neither read by the go command nor written.
type module struct {
	root    string // absolute: the folder of the user's go.mod, or the handler root
	work    string // of this build
	file    string // the go.mod to build by
	missing bool   // there is none of the user's
	vendor  []vendored
	replace map[string]string // of the overlay
}

// module writes the go.mod that h is built by.
func (b *Builder) module(ctx context.Context, h *handler, work string) (*module, error) {
	root, err := filepath.Abs(b.c.Root)
	if err != nil {
		return nil, err
	}
	m := &module{root: root, work: work, file: filepath.Join(work, "go.mod"), replace: map[string]string{}}
	text, err := m.read()
	if err != nil {
		return nil, err
	}
	f, err := modfile.Parse(filepath.Join(m.root, "go.mod"), text, nil)
	if err != nil {
		return nil, fmt.Errorf("go.mod: %w", err)
	}
	if err := b.require(f); err != nil {
		return nil, err
	}
	if err := m.readVendor(f); err != nil {
		return nil, err
	}
	if f.Go == nil {
		if err := f.AddGoStmt("1.26"); err != nil {
			return nil, err
		}
	}
	f.Cleanup()
	if text, err = f.Format(); err != nil {
		return nil, err
	}
	if err := os.WriteFile(m.file, text, 0o600); err != nil {
		return nil, err
	}
	if err := m.writeSum(); err != nil {
		return nil, err
	}
	return m, b.raise(ctx, m)
}

// raise has the go command raise the versions in go.mod to what the modules need of each other.
func (b *Builder) raise(ctx context.Context, m *module) error {
	over, err := m.writeOverlay()
	if err != nil {
		return err
	}
	if text, err := b.run(ctx, m.root, "list", "-mod=mod", "-modfile", m.file, "-overlay", over, ownModule+"/host/worker"); err != nil {
		return fmt.Errorf("go.mod: %w: %s", err, strings.TrimSpace(text))
	}
	return nil
}

// flags are those that each further go command is given. Without -mod it says best what is missing; with a
// vendor folder it would not heed our go.mod.
func (m *module) flags(over string) []string {
	flags := []string{"-modfile", m.file, "-overlay", over}
	if len(m.vendor) > 0 {
		flags = append(flags, "-mod=readonly")
	}
	return flags
}

func (m *module) writeSum() error {
	sum, err := regular.Read(filepath.Join(m.root, "go.sum"))
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(strings.TrimSuffix(m.file, ".mod")+".sum", sum, 0o600)
}

// read reads the user's go.mod: the root's, or the one above it that it belongs to.
func (m *module) read() ([]byte, error) {
	root := m.root
	for dir := root; ; dir = filepath.Dir(dir) {
		text, err := regular.Read(filepath.Join(dir, "go.mod"))
		if err == nil {
			m.root = dir
			return text, nil
		}
		if !os.IsNotExist(err) {
			return nil, err
		}
		if dir == filepath.Dir(dir) {
			m.missing, m.root = true, root
			return []byte(noModule), nil
		}
	}
}

// require adds wshd and what that needs, unless the user has a newer version of it.
func (b *Builder) require(f *modfile.File) error {
	for _, r := range slices.Clone(f.Replace) {
		if r.Old.Path == ownModule {
			if err := f.DropReplace(r.Old.Path, r.Old.Version); err != nil {
				return err
			}
		}
	}
	if err := f.AddRequire(ownModule, "v0.0.0"); err != nil {
		return err
	}
	if err := f.AddReplace(ownModule, "", b.source(), ""); err != nil {
		return err
	}
	for _, n := range needs() {
		if semver.Compare(versionOf(f, n.path), n.version) < 0 {
			if err := f.AddRequire(n.path, n.version); err != nil {
				return err
			}
		}
		if err := f.AddReplace(n.path, n.version, filepath.Join(b.sources(), filepath.FromSlash(n.path)), ""); err != nil {
			return err
		}
	}
	return nil
}

// versionOf is the version of a module that a go.mod requires; "": none.
func versionOf(f *modfile.File, path string) string {
	for _, r := range f.Require {
		if r.Mod.Path == path {
			return r.Mod.Version
		}
	}
	return ""
}

// vendored is a module in the user's vendor folder.
type vendored struct{ path, version string }

// readVendor has what is vendored built from there, without a module cache or a proxy: each such module is
// replaced by its folder, for which the overlay has a go.mod.
func (m *module) readVendor(f *modfile.File) error {
	text, err := regular.Read(filepath.Join(m.root, "vendor", "modules.txt"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "#" || !strings.HasPrefix(words[2], "v") || words[1] == ownModule {
			continue
		}
		v := vendored{words[1], words[2]}
		folder := filepath.Join(m.root, "vendor", filepath.FromSlash(v.path))
		if !isDir(folder) {
			continue
		}
		m.vendor = append(m.vendor, v)
		if err := f.AddReplace(v.path, v.version, folder, ""); err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); os.IsNotExist(err) {
			made := filepath.Join(m.work, fmt.Sprintf("vendor%d.mod", len(m.vendor)))
			if err := os.WriteFile(made, []byte("module "+v.path+"\n\ngo 1.26\n"), 0o600); err != nil {
				return err
			}
			m.replace[filepath.Join(folder, "go.mod")] = made
		}
	}
	return nil
}

// overlay writes what is laid over the user's files: the file that makes a program of the handler, its files
// where their package is not main, and a go.mod where there is none.
func (m *module) overlay(h *handler) (string, error) {
	lay := func(at, name string, text []byte) error {
		made := filepath.Join(m.work, name)
		m.replace[at] = made
		return os.WriteFile(made, text, 0o600)
	}
	if err := lay(filepath.Join(h.dir, mainFile), mainFile, h.main()); err != nil {
		return "", err
	}
	for _, f := range h.files {
		if f.same {
			continue
		}
		if err := lay(filepath.Join(h.dir, f.name), "in_main_"+f.name, f.text); err != nil {
			return "", err
		}
	}
	return m.writeOverlay()
}

func (m *module) writeOverlay() (string, error) {
	if m.missing {
		made := filepath.Join(m.work, "none.mod")
		m.replace[filepath.Join(m.root, "go.mod")] = made
		if err := os.WriteFile(made, []byte(noModule), 0o600); err != nil {
			return "", err
		}
	}
	text, err := json.Marshal(map[string]any{"Replace": m.replace})
	if err != nil {
		return "", err
	}
	over := filepath.Join(m.work, "overlay.json")
	return over, os.WriteFile(over, text, 0o600)
}
