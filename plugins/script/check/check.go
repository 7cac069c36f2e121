// Package check reads a script with what it imports, and says of it what Go's compiler would, and what else
// keeps it from being loaded.
//
// In the order in which a script goes through them: parse.go reads it, and syntax.go words what does not parse;
// share.go reads what it imports, which imports.go, module.go and vendor.go find or refuse; check.go has go/types
// check it, whose errors wording.go and meant.go word; hooks.go wants what a handler must have. errors.go collects
// what is wrong; advice.go says what is not wrong, and may not be wanted.
package check

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"wshd/plugins/script/std"
)

// goVersion is the language that scripts are written in.
const goVersion = "go1.26"

// Program is a script that Go would compile, or a package that it imports.
type Program struct {
	*source
	pkg  *types.Package
	info *types.Info
	libs []*library // what a script imports from the handler root, in the order of their initialisation
}

// Config says what a script may import. The zero value works.
type Config struct {
	// Root is the handler root, from which scripts import the packages that they share. "": none.
	Root string

	// OutsideLinks lets such packages be links that lead out of Root.
	OutsideLinks bool

	// Imports names the packages of Go's library that scripts may import; "default" stands for those
	// that nothing speaks against. nil: default. Imports tells whether they can be.
	Imports []string

	// Shown is what Root is called in positions, where Root is a copy. "": as it is.
	Shown string
}

// shown is what a file is called in positions.
func (c Config) shown(name string) string {
	if rest, ok := strings.CutPrefix(name, c.Root); ok && c.Shown != "" {
		return c.Shown + rest
	}
	return name
}

// Script reads the script in file, a .go file or a folder holding several of one package, type-checks it as
// the Go compiler would, and wants of it what a handler must have. What is wrong with it comes back as Errors.
func Script(c Config, file string) (*Program, error) { return script(c, file, checkHooks) }

// Package is Script for a package that need not have what a handler must.
func Package(c Config, file string) (*Program, error) {
	return script(c, file, func(*source, *types.Package, *Problems) {})
}

func script(c Config, file string, further func(*source, *types.Package, *Problems)) (*Program, error) {
	s, err := parse(c, file)
	if err != nil {
		return nil, err
	}
	p := &Problems{Fset: s.fset}
	prog := typecheck(s, p)
	if prog.pkg != nil { // else what it imports is broken
		further(s, prog.pkg, p)
	}
	return prog, p.Err()
}

// Source is a package that is run from its source.
type Source struct {
	Pkg   *types.Package
	Files []*ast.File
	Info  *types.Info
}

// Name is the file or folder as it was named to Script.
func (prog *Program) Name() string { return prog.config.shown(prog.name) }

// Files names all files of the root that it is made of: its own, and those of the packages that it imports.
func (prog *Program) Files() (names []string) {
	for _, p := range append(prog.libs, &library{Program: *prog}) {
		for _, f := range p.files {
			names = append(names, prog.fset.Position(f.Package).Filename)
		}
	}
	return names
}

// Hooks names those that it has.
func (prog *Program) Hooks() (names []string) {
	for _, h := range hooks {
		if prog.pkg.Scope().Lookup(h.name) != nil {
			names = append(names, h.name)
		}
	}
	return names
}

// Fset has the positions of all that has been read.
func (prog *Program) Fset() *token.FileSet { return prog.fset }

// Sources are the packages that are run from source, each after what it imports: the script is the last.
func (prog *Program) Sources() []Source {
	var list []Source
	added := map[string]bool{}
	var add func(path string)
	add = func(path string) {
		s := std.FromSource(path)
		if s == nil || added[path] {
			return
		}
		added[path] = true
		for _, need := range s.Needs {
			add(need)
		}
		list = append(list, Source{s.Pkg, s.Files, s.Info})
	}
	for _, lib := range prog.libs {
		for _, p := range lib.pkg.Imports() {
			add(p.Path())
		}
		list = append(list, Source{lib.pkg, lib.files, lib.info})
	}
	for _, p := range prog.pkg.Imports() {
		add(p.Path())
	}
	return append(list, Source{prog.pkg, prog.files, prog.info})
}

// typecheck type-checks a script and the packages that it imports. A package that imports a broken one
// is not looked at: most of what there would be to say follows from the other.
func typecheck(s *source, p *Problems) *Program {
	libs, module := readImports(s, p)
	prog := &Program{source: s, libs: libs}
	if len(p.list) > 0 && !onlyImports(s, p) {
		return prog
	}
	known := map[string]*types.Package{}
	for _, lib := range prog.libs {
		if !slices.ContainsFunc(lib.needs, func(need *library) bool { return known[need.path] == nil }) {
			before := len(p.list)
			lib.typecheck(lib.path, lib.goVersion, importer{module, known}, p)
			if len(p.list) == before {
				known[lib.path] = lib.pkg
			}
		}
	}
	if len(known) == len(prog.libs) {
		// The path is main, whatever the package is called, so that messages read as the compiler's.
		prog.typecheck("main", goVersion, importer{module, known}, p)
	}
	return prog
}

// onlyImports reports whether all that is wrong so far are imports of the script itself.
func onlyImports(s *source, p *Problems) bool {
	return !slices.ContainsFunc(p.list, func(e Error) bool {
		return !slices.ContainsFunc(s.files, func(f *ast.File) bool { return s.fset.Position(f.Package).Filename == e.Pos.Filename })
	})
}

// typecheck type-checks one package.
func (prog *Program) typecheck(path, version string, imports importer, p *Problems) {
	prog.info = std.NewInfo()
	config := types.Config{
		GoVersion: version,
		Importer:  imports,
		Sizes:     types.SizesFor("gc", "amd64"),
		Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) && isImport(prog.files, e.Pos) && (strings.HasPrefix(e.Msg, "could not import") || p.has(e.Pos)) {
				return
			}
			if name, ok := strings.CutPrefix(e.Msg, "undefined: "); ok && isQualifier(prog.files, e.Pos) {
				if path := toImport(name); path != "" {
					e.Msg += " (import \"" + path + "\")"
					err = e
				}
			}
			if placed, ok := asCompiler(prog, e); ok {
				err = placed
			} else if e.Fset != nil {
				err = prog.withMeant(e)
			}
			p.addType(err)
		},
	}
	before := len(p.list)
	prog.pkg, _ = config.Check(path, prog.fset, prog.files, prog.info)
	if len(p.list) > before {
		return
	}
	for _, f := range prog.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body == nil { // go/types allows for assembly
				p.Add(fn.Name.Pos(), "missing function body")
			}
		}
	}
}

// isQualifier reports whether what stands before a dot begins at pos.
func isQualifier(files []*ast.File, pos token.Pos) (found bool) {
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			found = found || ok && s.X.Pos() == pos
			return !found
		})
	}
	return found
}

// isImport reports whether an error of the type checker repeats what reading the imports has said.
func isImport(files []*ast.File, pos token.Pos) bool {
	for _, f := range files {
		for _, spec := range f.Imports {
			if spec.Path.Pos() <= pos && pos <= spec.Path.End() {
				return true
			}
		}
	}
	return false
}
