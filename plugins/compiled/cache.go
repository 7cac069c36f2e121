package compiled

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"wshd/plugins/wsh/regular"
)

// cacheEntry is where one handler's program is kept, with what it was made of.
type cacheEntry struct {
	dir  string
	root string // the handler root
}

// manifest is what a program was made of: names of files and folders, those in the root relative to it. A
// package's folder counts with all that it holds, so that a file that is added does.
type manifest struct {
	Wshd  string // its source
	Hooks []string
	Files map[string]string // digests, by name: "" for one that was not there
	Dirs  map[string]string
}

// entry is the place for a handler: for this root, this wshd, this Go, and this machine's kind.
func (b *Builder) entry(name string) cacheEntry {
	root, err := filepath.Abs(b.c.Root)
	if err != nil {
		root = b.c.Root
	}
	text := fmt.Sprintln(root, name, sourceDigest(), b.c.GOOS, b.c.GOARCH, b.c.Cgo, runtime.GOOS, b.tools.env)
	sum := sha256.Sum256([]byte(text))
	return cacheEntry{filepath.Join(b.c.Cache, "handlers", hex.EncodeToString(sum[:12])), root}
}

// ahead is the place of what wshd build has compiled, in the handler root.
func (b *Builder) ahead(name string) cacheEntry {
	root, err := filepath.Abs(b.c.Root)
	if err != nil {
		root = b.c.Root
	}
	return cacheEntry{filepath.Join(root, ".wshd", "compiled", cmp.Or(b.c.GOOS, runtime.GOOS)+"-"+cmp.Or(b.c.GOARCH, runtime.GOARCH), filepath.FromSlash(name)), root}
}

// full is a name of a manifest as it can be opened.
func (k cacheEntry) full(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(k.root, filepath.FromSlash(name))
}

// short is the name that the manifest has of a file.
func (k cacheEntry) short(name string) string {
	if rel, err := filepath.Rel(k.root, name); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return name
}

// find is the program, if all that it was made of is as it was.
func (k cacheEntry) find() (Program, bool) {
	text, err := os.ReadFile(filepath.Join(k.dir, "manifest.json"))
	if err != nil {
		return Program{}, false
	}
	var m manifest
	if json.Unmarshal(text, &m) != nil || len(m.Files) == 0 || m.Wshd != sourceDigest() {
		return Program{}, false
	}
	for name, digest := range m.Files {
		if digestOf(k.full(name)) != digest {
			return Program{}, false
		}
	}
	for name, digest := range m.Dirs {
		if dirDigest(k.full(name)) != digest {
			return Program{}, false
		}
	}
	p := Program{File: filepath.Join(k.dir, "program"), Hooks: m.Hooks}
	_, err = os.Stat(p.File)
	return p, err == nil
}

// store keeps a program. One that runs from there goes on: its file has only lost its name.
func (k cacheEntry) store(program string, parts []string, hooks []string) (Program, error) {
	m := manifest{Wshd: sourceDigest(), Hooks: hooks, Files: map[string]string{}, Dirs: map[string]string{}}
	for _, name := range parts {
		if isDir(name) {
			m.Dirs[k.short(name)] = dirDigest(name)
			continue
		}
		m.Files[k.short(name)] = digestOf(name)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return Program{}, err
	}
	if err := os.MkdirAll(filepath.Dir(k.dir), 0o700); err != nil {
		return Program{}, err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(k.dir), "new-")
	if err != nil {
		return Program{}, err
	}
	defer os.RemoveAll(fresh)
	err = errors.Join(os.Rename(program, filepath.Join(fresh, "program")),
		os.WriteFile(filepath.Join(fresh, "manifest.json"), text, 0o600))
	if err != nil {
		return Program{}, err
	}
	if err := os.RemoveAll(k.dir); err != nil {
		return Program{}, err
	}
	return Program{File: filepath.Join(k.dir, "program"), Hooks: hooks}, os.Rename(fresh, k.dir)
}

func digestOf(file string) string {
	text, err := regular.Read(file)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// dirDigest is that of all files in a folder, but for tests.
func dirDigest(dir string) string {
	h := sha256.New()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		if e.Type()&fs.ModeDir == 0 && !strings.HasSuffix(e.Name(), "_test.go") && !strings.HasSuffix(e.Name(), "_wsh.go") {
			fmt.Fprintln(h, e.Name(), digestOf(filepath.Join(dir, e.Name())))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// partsOf lists what a program was made of that can change: the handler's files, the go.mod and what is
// vendored, and the folders of all packages that lie in no module cache.
func (b *Builder) partsOf(ctx context.Context, h *handler, m *module, over string) ([]string, error) {
	parts := []string{filepath.Join(m.root, "go.mod"), filepath.Join(m.root, "go.sum"), filepath.Join(m.root, "vendor", "modules.txt")}
	for _, f := range h.files {
		parts = append(parts, filepath.Join(h.dir, f.name))
	}
	args := slices.Concat([]string{"list", "-deps", "-f", "{{if not .Standard}}{{.Dir}}{{end}}"}, m.flags(over), h.args())
	text, err := b.run(ctx, h.dir, args...)
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, strings.TrimSpace(text))
	}
	cache := b.tools.env["GOMODCACHE"]
	for dir := range strings.Lines(text) {
		dir = strings.TrimSpace(dir)
		inCache := cache != "" && strings.HasPrefix(dir, cache+string(filepath.Separator)) || strings.HasPrefix(dir, b.c.Cache+string(filepath.Separator))
		if filepath.IsAbs(dir) && !inCache && dir != h.dir {
			parts = append(parts, dir)
		}
	}
	if isDir(h.file) {
		parts = append(parts, h.dir)
	}
	slices.Sort(parts)
	return slices.Compact(parts), nil
}
