package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestEveryLogLineIsDocumented: docs/operations.md or docs/security.md tells of each line that wshd can
// log, but for those for whoever debugs wshd itself.
func TestEveryLogLineIsDocumented(t *testing.T) {
	var told strings.Builder
	for _, name := range []string{"operations.md", "security.md"} {
		text, err := os.ReadFile(filepath.Join(checkout, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		told.Write(text)
	}
	lines := map[string]token.Position{}
	for _, root := range []string{"cmd/wshd", "host", "plugins"} {
		collectLogLines(t, filepath.Join(checkout, root), lines)
	}
	if len(lines) < 30 {
		t.Errorf("found only %d log lines", len(lines))
	}
	for line, at := range lines {
		if !strings.Contains(told.String(), "`"+line+"`") {
			t.Errorf("%s: no document tells of %q", at, line)
		}
	}
}

// collectLogLines finds the messages of all calls of loggers, and of the warnings at start, in a folder.
func collectLogLines(t *testing.T, root string, lines map[string]token.Position) {
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "template") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if text, err := strconv.Unquote(messageOf(n)); err == nil {
				lines[text] = files.Position(n.Pos())
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// messageOf is what a call logs or a warning says, as its source has it.
func messageOf(n ast.Node) string {
	var from []ast.Expr
	switch n := n.(type) {
	case *ast.CallExpr:
		f, ok := n.Fun.(*ast.SelectorExpr)
		if !ok {
			return ""
		}
		switch f.Sel.Name {
		case "Info", "Warn", "Error":
			from = n.Args
		case "Log": // after the context and the level
			from = n.Args[min(2, len(n.Args)):]
		}
	case *ast.CompositeLit:
		name, ok := n.Type.(*ast.Ident)
		if s, of := n.Type.(*ast.SelectorExpr); of {
			name, ok = s.Sel, true
		}
		if ok && name.Name == "Warning" {
			from = n.Elts
		}
	}
	if len(from) == 0 {
		return ""
	}
	if pair, ok := from[0].(*ast.KeyValueExpr); ok {
		from[0] = pair.Value
	}
	if text, ok := from[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
		return text.Value
	}
	return ""
}
