package script

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"net/http"

	"wshd/plugins/script/check"
	"wshd/plugins/script/lower"
	"wshd/plugins/script/yaegi"
	"wshd/plugins/wsh"
)

// interpret compiles a script for the machine that runs it, initialises it and fetches its hooks.
func interpret(ctx context.Context, prog *check.Program, out *output, limits lower.Limits) (*wsh.Handler, error) {
	p := &check.Problems{Fset: prog.Fset()}
	var machine *lower.Program
	life := wsh.NewLife(func() { machine.Stop() })
	limits.Version = life.Context()
	machine, refused := lower.Compile(prog.Fset(), sources(prog), yaegi.Evaluate, out, limits)
	for _, r := range refused {
		p.AddUncompiled(r.Pos, r.Msg)
	}
	if err := p.Err(); err != nil {
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
func initError(prog *check.Program, err error) error {
	at := token.Position{Filename: prog.Name()}
	var p *lower.Panic
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
