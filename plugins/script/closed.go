package script

import (
	"go/types"
	"path"
	"strconv"

	"wshd/plugins/script/check"
	"wshd/plugins/script/lower"
	"wshd/plugins/script/std"
)

// Closed finds what Imports closes to the script in file though it is compiled: packages of Go's library that it
// imports itself, and functions that it mentions and that do what one of those is closed for. What is closed to
// scripts only because they are interpreted is open to it. What else is wrong the compiler says.
func (c Config) Closed(file string) Errors {
	files, fset := check.Parse(file)
	p := &check.Problems{Fset: fset}
	for _, f := range files {
		for _, i := range f.Imports {
			to, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				continue
			}
			if why := c.checked().WhyNotCompiled(to); why != "" {
				p.Add(i.Path.Pos(), why)
			}
		}
	}
	info := std.NewInfo()
	known := types.Config{Importer: goLibrary{}, Error: func(error) {}}
	_, _ = known.Check("main", fset, files, info) // of what is not known there is nothing to say
	for _, no := range lower.Closed(info, func(to string) bool { return c.checked().WhyNotCompiled(to) == "" }) {
		p.Add(no.Pos, no.Msg)
	}
	list, _ := p.Err().(Errors)
	return list
}

// goLibrary gives the type checker Go's library, and nothing of all else.
type goLibrary struct{}

// Import implements types.Importer.
func (goLibrary) Import(of string) (*types.Package, error) {
	if s := std.FromSource(of); s != nil {
		return s.Pkg, nil
	}
	if pkg := std.Packages()[of]; pkg != nil {
		return pkg, nil
	}
	empty := types.NewPackage(of, path.Base(of))
	empty.MarkComplete()
	return empty, nil
}
