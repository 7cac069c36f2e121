package layout

import (
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"reflect"
	"testing"

	"wshd/plugins/script/std"
)

// imports are the packages of Go's library, as scripts see them.
type imports struct{}

func (imports) Import(path string) (*types.Package, error) {
	if pkg := std.Packages()[path]; pkg != nil {
		return pkg, nil
	}
	return importer.Default().Import(path)
}

// laidOut lays out the type T of a package.
func laidOut(t *testing.T, decls string) (reflect.Type, error) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", "package main\n"+decls, 0)
	if err != nil {
		t.Fatal(err)
	}
	config := types.Config{Importer: imports{}, Sizes: types.SizesFor("gc", "amd64")}
	pkg, err := config.Check("main", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	l := Layouts{Own: map[*types.Package]bool{pkg: true}, Known: func(types.Type) reflect.Type { return nil }}
	return l.Of(pkg.Scope().Lookup("T").Type())
}

func TestTypesLieInMemoryWithoutTheirNames(t *testing.T) {
	for decls, want := range map[string]string{
		"type T int":                                      "int",
		"type T []K; type K string":                       "[]string",
		"type T map[K]*K; type K [2]bool":                 "map[[2]bool]*[2]bool",
		"type T func(K, ...int) error; type K struct{}":   "func(struct {}, ...int) error",
		"type T <-chan interface{ M() }":                  "<-chan interface {}",
		"import \"time\"; type T = time.Duration":         "time.Duration",
		"import \"time\"; type T struct{ D time.Month }":  "struct { D time.Month }",
		"import \"iter\"; type T = iter.Seq[int]":         "func(func(int) bool)",
		"type T = P[string]; type P[A any] struct{ A A }": "struct { A string }",
		"type T struct{ A int `json:\"a\"` }":             "struct { A int \"json:\\\"a\\\"\" }",
	} {
		if got, err := laidOut(t, decls); err != nil || got.String() != want {
			t.Errorf("%s: got %v, %v, want %s", decls, got, err, want)
		}
	}
}

// TestTypesWithinThemselvesAreFoundThere follows each way back from T to T.
func TestTypesWithinThemselvesAreFoundThere(t *testing.T) {
	for decls, back := range map[string]func(rt reflect.Type) reflect.Type{
		"type T struct{ Next *T }":                  func(rt reflect.Type) reflect.Type { return rt.Field(0).Type.Elem() },
		"type T struct{ N int; Kids []T }":          func(rt reflect.Type) reflect.Type { return rt.Field(1).Type.Elem() },
		"type T struct{ By map[string]T }":          func(rt reflect.Type) reflect.Type { return rt.Field(0).Type.Elem() },
		"type T struct{ C chan T }":                 func(rt reflect.Type) reflect.Type { return rt.Field(0).Type.Elem() },
		"type T struct{ K *K }; type K struct{ T }": func(rt reflect.Type) reflect.Type { return rt.Field(0).Type.Elem().Field(0).Type },
	} {
		rt, err := laidOut(t, decls)
		if err != nil || back(rt) != rt {
			t.Errorf("%s: got %v, %v, which does not lead to itself", decls, rt, err)
		}
	}
}

func TestTypesThatCannotBeHad(t *testing.T) {
	for decls, want := range map[string]Reason{
		"type T struct{ table [1 << 40]byte }":                      TooLarge,
		"type T chan [1 << 17]byte":                                 Element,
		"import \"database/sql\"; type T struct{ S sql.Null[int] }": Generic,
	} {
		_, err := laidOut(t, decls)
		var e *Error
		if !errors.As(err, &e) || e.Reason != want {
			t.Errorf("%s: got %v, want %s", decls, err, want)
		}
	}
}
