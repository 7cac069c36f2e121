package script

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

// program is a script that Go would compile, or a package that it imports.
type program struct {
	*source
	pkg  *types.Package
	info *types.Info
	libs []*library // what a script imports from the handler root, in the order of their initialisation
}

// check type-checks a script as the Go compiler would, and wants of it what a handler must have.
func check(s *source) (*program, error) {
	p := &problems{fset: s.fset}
	prog := typecheck(s, p)
	if prog.pkg != nil { // else what it imports is broken
		checkHooks(s, prog.pkg, p)
	}
	return prog, p.err()
}

// typecheck type-checks a script and the packages that it imports. A package that imports a broken one
// is not looked at: most of what there would be to say follows from the other.
func typecheck(s *source, p *problems) *program {
	libs, module := readImports(s, p)
	prog := &program{source: s, libs: libs}
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
func onlyImports(s *source, p *problems) bool {
	return !slices.ContainsFunc(p.list, func(e Error) bool {
		return !slices.ContainsFunc(s.files, func(f *ast.File) bool { return s.fset.Position(f.Package).Filename == e.Pos.Filename })
	})
}

// typecheck type-checks one package.
func (prog *program) typecheck(path, version string, imports importer, p *problems) {
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
				p.add(fn.Name.Pos(), "missing function body")
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
