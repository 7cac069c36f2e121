package check

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
	"wshd/plugins/wsh/regular"
)

// source is a package that has been read: a script, which is one file or the files of a folder, or
// what it imports.
type source struct {
	name   string // the file or folder as the user named it
	fset   *token.FileSet
	files  []*ast.File
	config Config
}

// parse reads a script and parses all of its files, so that every syntax error is seen at once.
func parse(c Config, file string) (*source, error) {
	names, err := sourceFiles(file)
	if err != nil {
		return nil, err
	}
	s := &source{name: file, fset: std.NewFileSet(), config: c}
	p := &Problems{Fset: s.fset}
	if err := s.read(names, p); err != nil {
		return nil, err
	}
	for _, f := range s.files {
		f.GoVersion = "" // from a build tag; tags mean nothing here
	}
	return s, p.Err()
}

// read parses the files of a package.
func (s *source) read(names []string, p *Problems) error {
	before := len(p.list)
	for _, name := range names {
		text, err := regular.Read(name)
		if err != nil {
			return unnamed(name, err)
		}
		name = s.config.shown(name)
		if len(bytes.TrimSpace(text)) == 0 { // half saved; go/parser has three errors to say about it
			p.list = append(p.list, Error{Pos: token.Position{Filename: name, Line: 1, Column: 1}, Msg: "syntax error: package statement must be first"})
			continue
		}
		f, err := parser.ParseFile(s.fset, name, text, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
		if err != nil {
			p.list = append(p.list, syntaxErrors(s.fset, f, name, text, err)...)
		}
		if f != nil {
			s.files = append(s.files, f)
		}
	}
	if len(p.list) == before {
		s.checkPackage(p)
	}
	return nil
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
	names, err := goFiles(file)
	if err != nil {
		return nil, unnamed(file, err)
	}
	if len(names) == 0 {
		return nil, Errors{{Pos: token.Position{Filename: file}, Msg: "no Go files in this folder"}}
	}
	return names, nil
}

// goFiles names the Go files in a folder that are no tests.
func goFiles(folder string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := filepath.Join(folder, e.Name())
		if !IsGo(e.Name()) {
			continue
		}
		if target, err := os.Stat(name); err == nil && target.Mode().IsRegular() {
			names = append(names, name)
		}
	}
	return names, nil
}

// IsGo reports whether a file of that name may be part of a package when it runs.
func IsGo(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name[0] != '.' && name[0] != '_'
}

// unnamed says what is wrong with a file, in the form of all other errors.
func unnamed(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return Errors{{Pos: token.Position{Filename: name}, Msg: err.Error()}}
}

// checkPackage wants one package name in all files, whatever it is.
func (s *source) checkPackage(p *Problems) {
	first := s.files[0].Name.Name
	for _, f := range s.files[1:] {
		if f.Name.Name != first {
			p.Add(f.Name.Pos(), fmt.Sprintf("package %s; expected package %s, as in the other files of %s", f.Name.Name, first, s.name))
		}
	}
}

// Parse parses the files of a script, as far as they can be.
func Parse(file string) ([]*ast.File, *token.FileSet) {
	s := &source{name: file, fset: std.NewFileSet()}
	names, err := sourceFiles(file)
	if err == nil {
		err = s.read(names, &Problems{Fset: s.fset})
	}
	if err != nil {
		return nil, s.fset
	}
	return s.files, s.fset
}
