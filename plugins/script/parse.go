package script

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"wshd/plugins/script/std"
)

// source is a script that has been read: one file, or the files of a folder.
type source struct {
	name  string // the file or folder as the user named it
	fset  *token.FileSet
	files []*ast.File
	text  [][]byte // of each file
}

// parse reads a script and parses all of its files, so that every syntax error is seen at once.
func parse(file string) (*source, error) {
	names, err := sourceFiles(file)
	if err != nil {
		return nil, err
	}
	s := &source{name: file, fset: std.NewFileSet()}
	p := &problems{fset: s.fset}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, unnamed(name, err)
		}
		if len(bytes.TrimSpace(text)) == 0 { // half saved; go/parser has three errors to say about it
			p.list = append(p.list, Error{token.Position{Filename: name, Line: 1, Column: 1}, "expected 'package', found 'EOF'"})
			continue
		}
		f, err := parser.ParseFile(s.fset, name, text, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
		if err != nil {
			p.addAll(err)
		}
		if f != nil {
			f.GoVersion = "" // from a build tag; tags mean nothing here
			s.files = append(s.files, f)
			s.text = append(s.text, text)
		}
	}
	if len(p.list) == 0 {
		s.checkPackage(p)
	}
	return s, p.err()
}

// sourceFiles names the Go files of a script: itself, or those in its folder that are no tests.
func sourceFiles(file string) ([]string, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, unnamed(file, err)
	}
	if !info.IsDir() {
		return []string{file}, nil
	}
	entries, err := os.ReadDir(file)
	if err != nil {
		return nil, unnamed(file, err)
	}
	var names []string
	for _, e := range entries {
		n := e.Name()
		if !strings.HasSuffix(n, ".go") || strings.HasSuffix(n, "_test.go") || n[0] == '_' || n[0] == '.' {
			continue
		}
		if target, err := os.Stat(filepath.Join(file, n)); err == nil && target.Mode().IsRegular() {
			names = append(names, filepath.Join(file, n))
		}
	}
	if len(names) == 0 {
		return nil, Errors{{token.Position{Filename: file}, "no Go files in this folder"}}
	}
	return names, nil
}

// unnamed says what is wrong with a file, in the form of all other errors.
func unnamed(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return Errors{{token.Position{Filename: name}, err.Error()}}
}

// checkPackage wants one package name in all files, whatever it is.
func (s *source) checkPackage(p *problems) {
	first := s.files[0].Name.Name
	for _, f := range s.files[1:] {
		if f.Name.Name != first {
			p.add(f.Name.Pos(), fmt.Sprintf("package %s; expected package %s, as in the other files of %s", f.Name.Name, first, s.name))
		}
	}
}
