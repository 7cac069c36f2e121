package plugins

import (
	"go/parser"
	"go/token"
	"path/filepath"
)

// docOf is the comment above a script's package clause, for lists of handlers; "" without one. A folder's
// is the first that one of its files has, in the order of their names.
func docOf(from source) string {
	files := []string{from.file}
	if from.folder {
		names, _ := goFiles(from.file)
		for i, name := range names {
			names[i] = filepath.Join(from.file, name)
		}
		files = names
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err == nil && f.Doc.Text() != "" {
			return f.Doc.Text()
		}
	}
	return ""
}
