// Command gen writes methods.go of package carry: a method for each that Go's library, as scripts can
// reach it, may look for on a value. It reads the library's source for the Go version it runs with: the
// exported interfaces of the packages in ../std/packages.txt, and the interfaces that these packages, and
// those below them, assert values to. It is run by go generate, and with -out by the test that fails when
// methods.go is stale.
package main

import (
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

func main() {
	log.SetFlags(0)
	out := flag.String("out", "methods.go", "the file to write")
	flag.Parse()
	if err := generate("../std/packages.txt", *out); err != nil {
		log.Fatal(err)
	}
}

// generate writes the methods for the packages listed in the file named list.
func generate(list, out string) error {
	data, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	var paths []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			path, _, _ := strings.Cut(line, ": ")
			paths = append(paths, path)
		}
	}
	pkgs, err := load(paths)
	if err != nil {
		return err
	}
	f := finder{open: map[string]bool{}, found: map[string]*method{}}
	for _, path := range paths {
		f.open[path] = true
	}
	for _, pkg := range pkgs {
		f.declared(pkg)
		f.asked(pkg)
	}
	src, err := format.Source([]byte(f.write()))
	if err != nil {
		return err
	}
	return os.WriteFile(out, src, 0o644)
}

// load reads the source of packages and of all that they import.
func load(paths []string) ([]*packages.Package, error) {
	env := append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	all, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedImports | packages.NeedDeps, Env: env}, paths...)
	if err != nil {
		return nil, err
	}
	var below []string
	packages.Visit(all, nil, func(p *packages.Package) {
		if !strings.HasPrefix(p.PkgPath, "vendor/") && !strings.HasPrefix(p.PkgPath, "runtime") && p.PkgPath != "unsafe" {
			below = append(below, p.PkgPath)
		}
	})
	slices.Sort(below)
	mode := packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedSyntax |
		packages.NeedTypes | packages.NeedTypesInfo | packages.NeedImports | packages.NeedExportFile
	pkgs, err := packages.Load(&packages.Config{Mode: mode, Env: env}, below...)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(pkgs, func(a, b *packages.Package) int { return strings.Compare(a.PkgPath, b.PkgPath) })
	for _, p := range pkgs {
		if len(p.Errors) > 0 {
			return nil, fmt.Errorf("%s: %v", p.PkgPath, p.Errors[0])
		}
	}
	return pkgs, nil
}
