package script

import (
	"errors"
	"go/types"
	"strings"

	"wshd/plugins/script/std"
)

// goVersion is the language that scripts are written in.
const goVersion = "go1.26"

// program is a script that Go would compile.
type program struct {
	*source
	pkg  *types.Package
	info *types.Info
}

// check type-checks a script as the Go compiler would, and then wants of it what a handler must
// have.
func check(s *source) (*program, error) {
	p := &problems{fset: s.fset}
	prog := typecheck(s, p)
	if err := p.err(); err != nil {
		return nil, err
	}
	checkHooks(s, prog.pkg, p)
	return prog, p.err()
}

// typecheck type-checks a script.
func typecheck(s *source, p *problems) *program {
	checkImports(s.files, p)
	info := std.NewInfo()
	config := types.Config{
		GoVersion: goVersion,
		Importer:  importer{},
		Sizes:     types.SizesFor("gc", "amd64"),
		Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) && strings.HasPrefix(e.Msg, "could not import") && isImport(s.files, e.Pos) {
				return
			}
			p.addType(err)
		},
	}
	// The path is main, whatever the package is called, so that messages read as the compiler's.
	pkg, _ := config.Check("main", s.fset, s.files, info)
	return &program{s, pkg, info}
}
