package script

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"net/http"

	"wshd/plugins/script/check"
	"wshd/plugins/script/lower"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/yaegi"
	"wshd/plugins/wsh"
)

// interpret compiles a script for the compiled that runs it, initialises it and fetches its hooks.
func interpret(ctx context.Context, prog *check.Program, out *output, limits machine.Limits) (*wsh.Handler, error) {
	p := &check.Problems{Fset: prog.Fset()}
	var compiled *lower.Program
	life := wsh.NewLife(func() { compiled.Stop() })
	limits.Version = life.Context()
	compiled, refused := lower.Compile(prog.Fset(), sources(prog), yaegi.Evaluate, out, limits)
	for _, r := range refused {
		if r.Closed {
			p.Add(r.Pos, r.Msg)
		} else {
			p.AddUncompiled(r.Pos, r.Msg)
		}
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	if err := compiled.Init(ctx); err != nil {
		life.Retire()
		return nil, initError(prog, err)
	}
	h := &wsh.Handler{Life: life}
	compiled.OnKill(func(p *machine.Panic) { h.Life.Kill(p) })
	h.DoExtraHandshake, _ = lower.Func[func(*wsh.Request) error](compiled, "DoExtraHandshake")
	h.TransferData, _ = lower.Func[func(*wsh.Request) error](compiled, "TransferData")
	h.PassiveClosingHandshake, _ = lower.Func[func(*wsh.Request) (wsh.StatusCode, string, error)](compiled, "PassiveClosingHandshake")
	h.RenderPublication, _ = lower.Func[func(wsh.Publication) wsh.Message](compiled, "RenderPublication")
	h.ServeHTTP, _ = lower.Func[func(http.ResponseWriter, *http.Request)](compiled, "ServeHTTP")
	return h, nil
}

// initError says where a script's initialisation went wrong.
func initError(prog *check.Program, err error) error {
	at := token.Position{Filename: prog.Name()}
	var p *machine.Panic
	if errors.As(err, &p) {
		if where := p.Pos(); where.IsValid() {
			at = where
		}
		if p.Stopped() {
			return check.Errors{{Pos: at, Msg: fmt.Sprintf("while loading: %v", p.Value)}}
		}
		return check.Errors{{Pos: at, Msg: fmt.Sprintf("panic while loading: %v", p.Value)}}
	}
	return check.Errors{{Pos: at, Msg: err.Error()}}
}

// sources are the packages that the program is made of.
func sources(prog *check.Program) (list []lower.Source) {
	for _, s := range prog.Sources() {
		list = append(list, lower.Source(s))
	}
	return list
}
