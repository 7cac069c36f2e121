package script

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"net/http"

	"wshd/plugins/script/lower"
	"wshd/plugins/script/std"
	"wshd/plugins/script/yaegi"
	"wshd/plugins/wsh"
)

// interpret compiles a script for the machine that runs it, initialises it and fetches its hooks.
func interpret(ctx context.Context, prog *program, out *output, limits lower.Limits) (*wsh.Handler, error) {
	p := &problems{fset: prog.fset}
	var machine *lower.Program
	life := wsh.NewLife(func() { machine.Stop() })
	limits.Version = life.Context()
	machine, refused := lower.Compile(prog.fset, sources(prog), yaegi.Evaluate, out, limits)
	for _, r := range refused {
		p.add(r.Pos, r.Msg)
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	if err := machine.Init(ctx); err != nil {
		life.Retire()
		return nil, initError(prog, err)
	}
	h := &wsh.Handler{Life: life}
	machine.OnKill(func(p *lower.Panic) { h.Life.Kill(p) })
	h.DoExtraHandshake, _ = lower.Func[func(*wsh.Request) error](machine, "DoExtraHandshake")
	h.TransferData, _ = lower.Func[func(*wsh.Request) error](machine, "TransferData")
	h.PassiveClosingHandshake, _ = lower.Func[func(*wsh.Request) (wsh.StatusCode, string, error)](machine, "PassiveClosingHandshake")
	h.RenderPublication, _ = lower.Func[func(wsh.Publication) wsh.Message](machine, "RenderPublication")
	h.ServeHTTP, _ = lower.Func[func(http.ResponseWriter, *http.Request)](machine, "ServeHTTP")
	return h, nil
}

// initError says where a script's initialisation went wrong.
func initError(prog *program, err error) error {
	at := token.Position{Filename: prog.name}
	var p *lower.Panic
	if errors.As(err, &p) {
		if where := p.Pos(); where.IsValid() {
			at = where
		}
		if p.Stopped() {
			return Errors{{at, fmt.Sprintf("while loading: %v", p.Value)}}
		}
		return Errors{{at, fmt.Sprintf("panic while loading: %v", p.Value)}}
	}
	return Errors{{at, err.Error()}}
}

// sources are the packages that are run from source, the script last.
func sources(prog *program) []lower.Source {
	var list []lower.Source
	added := map[string]bool{}
	var add func(path string)
	add = func(path string) {
		s := std.FromSource(path)
		if s == nil || added[path] {
			return
		}
		added[path] = true
		for _, need := range s.Needs {
			add(need)
		}
		list = append(list, lower.Source{Pkg: s.Pkg, Files: s.Files, Info: s.Info})
	}
	for _, lib := range prog.libs {
		for _, p := range lib.pkg.Imports() {
			add(p.Path())
		}
		list = append(list, lower.Source{Pkg: lib.pkg, Files: lib.files, Info: lib.info})
	}
	for _, p := range prog.pkg.Imports() {
		add(p.Path())
	}
	return append(list, lower.Source{Pkg: prog.pkg, Files: prog.files, Info: prog.info})
}
