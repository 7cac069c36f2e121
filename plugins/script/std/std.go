// Package std holds what the script engine knows of the packages that scripts may import: their
// types, for the type checker, and their symbols, for the interpreter. Both are generated from
// packages.txt for the Go version in go.mod, so that neither needs a Go toolchain where wshd runs.
package std

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"go/token"
	"go/types"
	"reflect"
	"sync"

	"golang.org/x/tools/go/gcexportdata"
)

//go:generate go run ./gen

//go:embed types.bin.gz
var packed []byte

// Packages are the types of all packages that scripts may import, by path, ready to be shared
// between type checkers. They take some 10 ms to read, once.
var Packages = sync.OnceValue(func() map[string]*types.Package {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	all := map[string]*types.Package{}
	pkgs, err := gcexportdata.ReadBundle(z, token.NewFileSet(), all)
	if err != nil {
		panic(err)
	}
	known := map[string]*types.Package{}
	for _, p := range pkgs {
		if tables[p.Path()] != nil {
			known[p.Path()] = p
		}
	}
	return known
})

// Has reports whether path can be imported, if only where it is opened.
func Has(path string) bool { return tables[path] != nil }

// Closed says why not every script may import path; "": every one may, or none.
func Closed(path string) string { return closed[path] }

// Symbols returns the functions, variables and types of a package by name, or nil if it
// is none of those in packages.txt.
func Symbols(path string) map[string]reflect.Value {
	mu.Lock()
	defer mu.Unlock()
	if t, ok := made[path]; ok {
		return t
	}
	f := tables[path]
	if f == nil {
		return nil
	}
	made[path] = f()
	return made[path]
}

var (
	mu   sync.Mutex
	made = map[string]map[string]reflect.Value{}
)
