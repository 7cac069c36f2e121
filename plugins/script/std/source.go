package std

import (
	"embed"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed src
var src embed.FS

// Source is a package that scripts run from source, because all in it is generic.
type Source struct {
	Pkg   *types.Package
	Files []*ast.File
	Info  *types.Info
	Needs []string // those of these packages that it imports
}

// sourced are the packages in src, each after what it imports.
var sourced = []string{"cmp", "maps", "slices"}

type parsedSources struct {
	byPath map[string]*Source
	files  []*token.File
}

var sources = sync.OnceValue(func() parsedSources {
	fset := token.NewFileSet()
	all := parsedSources{byPath: map[string]*Source{}}
	importer := importFunc(func(path string) (*types.Package, error) {
		if s := all.byPath[path]; s != nil {
			return s.Pkg, nil
		}
		if p := Packages()[path]; p != nil {
			return p, nil
		}
		return nil, errors.New("not here")
	})
	for _, path := range sourced {
		s := &Source{Info: NewInfo()}
		names, err := fs.Glob(src, "src/"+path+"/*.go")
		if err != nil {
			panic(err)
		}
		for _, name := range names {
			text, err := src.ReadFile(name)
			if err != nil {
				panic(err)
			}
			f, err := parser.ParseFile(fset, strings.TrimPrefix(name, "src/"), text, parser.SkipObjectResolution)
			if err != nil {
				panic(err)
			}
			all.files = append(all.files, fset.File(f.Pos()))
			s.Files = append(s.Files, f)
		}
		config := types.Config{Importer: importer, GoVersion: "go1.26"}
		if s.Pkg, err = config.Check(path, fset, s.Files, s.Info); err != nil {
			panic(fmt.Errorf("%s: %w", path, err))
		}
		for _, p := range s.Pkg.Imports() {
			if slices.Contains(sourced, p.Path()) {
				s.Needs = append(s.Needs, p.Path())
			}
		}
		all.byPath[path] = s
	}
	return all
})

type importFunc func(path string) (*types.Package, error)

func (f importFunc) Import(path string) (*types.Package, error) { return f(path) }

// NewInfo is a types.Info that records all that go/ssa wants to know.
func NewInfo() *types.Info {
	return &types.Info{
		Types:        map[ast.Expr]types.TypeAndValue{},
		Defs:         map[*ast.Ident]types.Object{},
		Uses:         map[*ast.Ident]types.Object{},
		Implicits:    map[ast.Node]types.Object{},
		Instances:    map[*ast.Ident]types.Instance{},
		Selections:   map[*ast.SelectorExpr]*types.Selection{},
		Scopes:       map[ast.Node]*types.Scope{},
		FileVersions: map[*ast.File]string{},
	}
}

// FromSource is the package of that path if it is run from source, else nil.
func FromSource(path string) *Source { return sources().byPath[path] }

// NewFileSet is a file set in which the packages run from source have their positions.
func NewFileSet() *token.FileSet {
	fset := token.NewFileSet()
	for _, f := range sources().files {
		fset.AddFile(f.Name(), f.Base(), f.Size()).SetLines(f.Lines())
	}
	return fset
}
