package script

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"wshd/plugins/script/std"
)

// importer gives the type checker the packages that scripts may import.
type importer struct{}

func (importer) Import(path string) (*types.Package, error) {
	if s := std.FromSource(path); s != nil {
		return s.Pkg, nil
	}
	if pkg := std.Packages()[path]; pkg != nil {
		return pkg, nil
	}
	return nil, errors.New("not open to scripts") // checkImports words it
}

// closed says why a package that exists is not open to scripts.
var closed = map[string]string{
	"os":       "it reaches the machine past the host",
	"net":      "it reaches the machine past the host; net/http, net/url and net/netip are open",
	"syscall":  "it reaches the machine past the host",
	"unsafe":   "it can break the whole host",
	"plugin":   "it can break the whole host",
	"reflect":  "script types look different at run time from what the script says",
	"runtime":  "it looks at the host, not at the script",
	"testing":  "tests of a handler are not run by the host",
	"C":        "scripts are interpreted",
	"embed":    "a script is not compiled; read what it needs in another way",
	"flag":     "the command line is the host's",
	"debug":    "it looks at the host, not at the script",
	"database": "it needs drivers that the host does not hold",
}

// checkImports refuses what is not on the list, in words of its own.
func checkImports(files []*ast.File, p *problems) {
	for _, f := range files {
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil || std.Has(path) {
				continue
			}
			p.add(spec.Path.Pos(), importMessage(path))
		}
	}
}

func importMessage(path string) string {
	for p := path; p != ""; {
		if why := closed[p]; why != "" {
			return fmt.Sprintf("import %q is not open to scripts: %s", path, why)
		}
		i := strings.LastIndexByte(p, '/')
		p = p[:max(i, 0)]
	}
	best, distance := "", 3
	for known := range std.Packages() {
		d := editDistance(path, known)
		if strings.HasSuffix(known, "/"+path) {
			d = 1
		}
		if d < distance || d == distance && known < best {
			best, distance = known, d
		}
	}
	if best != "" {
		return fmt.Sprintf("import %q is not known; did you mean %q?", path, best)
	}
	return fmt.Sprintf("import %q is not open to scripts", path)
}

// isImport reports whether an error of the type checker repeats what checkImports has said.
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

// editDistance counts the letters to insert, delete, change or swap to make a from b.
func editDistance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
