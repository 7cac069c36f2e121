package check

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"wshd/plugins/nearest"
	"wshd/plugins/script/std"
)

// library is a package of the handler root, or of its vendor folder, that a script imports.
type library struct {
	Program
	path      string
	goVersion string
	needs     []*library
}

// reader reads what a script imports, and what that imports.
type reader struct {
	c      Config
	module Module
	fset   *token.FileSet
	p      *Problems
	read   map[string]*library // nil: it cannot be read
	way    []string            // the packages that are being read, each imported by the one before
	vendor map[string]string   // the language version of each package in vendor
}

// readImports reads all that s imports, and returns it in the order in which Go initialises it.
func readImports(s *source, p *Problems) ([]*library, Module) {
	r := &reader{c: s.config, fset: s.fset, p: p, read: map[string]*library{}}
	if s.config.Root != "" {
		r.module = ReadModule(s.config.Root)
	}
	from := ""
	if rel, err := filepath.Rel(r.module.Root, s.name); err == nil && filepath.IsLocal(rel) && r.module.Root != "" {
		from = r.module.name(path.Join(r.module.Path, filepath.ToSlash(rel)))
	}
	if strings.HasSuffix(s.name, ".go") {
		from = path.Dir(from)
	} else {
		r.way = []string{from}
	}
	r.imports(s.files, from)
	var all []*library
	for _, lib := range r.read {
		if lib != nil {
			all = append(all, lib)
		}
	}
	return initOrder(all), r.module
}

// initOrder sorts packages as Go initialises them: of those whose imports are done, the one whose path
// comes first.
func initOrder(all []*library) []*library {
	slices.SortFunc(all, func(a, b *library) int { return strings.Compare(a.path, b.path) })
	done := map[*library]bool{}
	var order []*library
	for len(order) < len(all) {
		i := slices.IndexFunc(all, func(lib *library) bool {
			return !done[lib] && !slices.ContainsFunc(lib.needs, func(need *library) bool { return !done[need] })
		})
		if i < 0 {
			return order // a cycle, which has been reported
		}
		done[all[i]] = true
		order = append(order, all[i])
	}
	return order
}

// imports reads what the files of the package from import.
func (r *reader) imports(files []*ast.File, from string) (libs []*library) {
	for _, f := range files {
		for _, spec := range f.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil || std.Has(to) && r.c.Opens(to, from) {
				continue // go/parser has said so
			}
			lib, why := r.library(r.module.name(to), from)
			if why != "" {
				if whyNever(to) != "" && r.c.WhyNotCompiled(to) == "" {
					r.p.AddUncompiled(spec.Path.Pos(), why)
				} else {
					r.p.Add(spec.Path.Pos(), why)
				}
			}
			if lib != nil {
				libs = append(libs, lib)
			}
		}
	}
	return libs
}

// library reads one package, or says why it is not imported.
func (r *reader) library(to, from string) (lib *library, why string) {
	if i := slices.Index(r.way, to); i >= 0 {
		return nil, "import cycle not allowed: " + strings.Join(append(slices.Clone(r.way[i:]), to), " imports ")
	}
	if strings.HasPrefix(to, "./") || strings.HasPrefix(to, "../") {
		return nil, fmt.Sprintf("%q is relative, but relative import paths are not supported: write %q", to, path.Join(from, to))
	}
	folder := r.module.Folder(to)
	if folder == "" || !r.module.owns(to) && !isFolder(r.module.dir(to)) {
		return nil, r.c.refusal(to, r.vendored(from))
	}
	if parent, ok := internal(to); ok && from != parent && !strings.HasPrefix(from, parent+"/") {
		return nil, fmt.Sprintf("use of internal package %s not allowed", to)
	}
	lib, ok := r.read[to]
	if !ok {
		lib, why = r.open(to)
		r.read[to] = lib
		return lib, why
	}
	if lib == nil {
		why = fmt.Sprintf("package %s cannot be read", to)
	}
	return lib, why
}

// internal is the package below which a package of an internal folder may be imported.
func internal(path string) (parent string, ok bool) {
	elements := strings.Split(path, "/")
	for i, e := range slices.Backward(elements) {
		if e == "internal" {
			return strings.Join(elements[:i], "/"), true
		}
	}
	return "", false
}

// open reads a package that has not been read yet.
func (r *reader) open(to string) (lib *library, why string) {
	dir := r.module.dir(to)
	if !isFolder(dir) {
		why = fmt.Sprintf("package %s is not here: there is no folder %s", to, dir)
		if best := nearest.To(path.Base(to), folders(filepath.Dir(dir))); best != "" {
			why += fmt.Sprintf("; did you mean %q?", path.Join(path.Dir(to), best))
		}
		return nil, why
	}
	names, err := r.files(dir)
	if err != nil {
		return nil, err.Error()
	}
	if len(names) == 0 {
		return nil, "no Go files in " + dir
	}
	lib = &library{Program: Program{source: &source{name: dir, fset: r.fset, config: r.c}}, path: to, goVersion: r.goVersion(to)}
	if err := lib.source.read(names, r.p); err != nil {
		return nil, err.Error()
	}
	if len(lib.files) > 0 && lib.files[0].Name.Name == "main" {
		return nil, fmt.Sprintf("import %q is a program, not an importable package", to)
	}
	r.way = append(r.way, to)
	lib.needs = r.imports(lib.files, to)
	r.way = r.way[:len(r.way)-1]
	return lib, ""
}

// files names the files of a package: those that build tags and names leave in, as for a build without
// cgo and assembly.
func (r *reader) files(dir string) ([]string, error) {
	if err := r.inside(dir); err != nil {
		return nil, err
	}
	all, err := goFiles(dir)
	if err != nil {
		return nil, err
	}
	c := build.Context{GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, Compiler: "gc", BuildTags: []string{"purego"}, ReleaseTags: build.Default.ReleaseTags}
	var names []string
	for _, name := range all {
		if err := r.inside(name); err != nil {
			return nil, err
		}
		ok, err := c.MatchFile(dir, filepath.Base(name))
		if ok || err != nil { // what is wrong with it, go/parser says better
			names = append(names, name)
		}
	}
	return names, nil
}

// inside wants a file or folder to lie in the root, links followed.
func (r *reader) inside(name string) error {
	if r.c.OutsideLinks {
		return nil
	}
	root, err := filepath.EvalSymlinks(r.module.Root)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(root, real); err != nil || !filepath.IsLocal(rel) {
		return fmt.Errorf("%s is a link to %s, out of the handler root; allow_outside_links follows such", name, real)
	}
	return nil
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// folders names the folders in a folder.
func folders(dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// importer gives the type checker the packages that a script imports.
type importer struct {
	module Module
	known  map[string]*types.Package // those that are read with it, as far as they are right
}

// Import implements types.Importer. What may not be imported has been reported.
func (i importer) Import(path string) (*types.Package, error) {
	if pkg := i.known[i.module.name(path)]; pkg != nil {
		return pkg, nil
	}
	if s := std.FromSource(path); s != nil {
		return s.Pkg, nil
	}
	if pkg := std.Packages()[path]; pkg != nil {
		return pkg, nil
	}
	return nil, errors.New("reported already")
}
