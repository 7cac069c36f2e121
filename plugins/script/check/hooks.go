package check

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"wshd/plugins/nearest"
	"wshd/plugins/script/std"
)

// hook is a function that the host looks for in a script.
type hook struct {
	name     string
	typ      string // as the user would write it
	required bool
	old      string // its name in mod_pywebsocket
}

var hooks = []hook{
	{"DoExtraHandshake", "func(*wsh.Request) error", true, "web_socket_do_extra_handshake"},
	{"TransferData", "func(*wsh.Request) error", true, "web_socket_transfer_data"},
	{"PassiveClosingHandshake", "func(*wsh.Request) (wsh.StatusCode, string, error)", false, "web_socket_passive_closing_handshake"},
	{"RenderPublication", "func(wsh.Publication) wsh.Message", false, ""},
	{"ServeHTTP", "func(http.ResponseWriter, *http.Request)", false, ""},
}

// checkHooks wants the required hooks, each hook's type right, no near misses and no main. A script with
// ServeHTTP that has neither of the required ones speaks plain HTTP.
func checkHooks(s *source, pkg *types.Package, p *Problems) {
	funcs := map[string]*ast.FuncDecl{}
	for _, f := range s.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				funcs[fn.Name.Name] = fn
			}
		}
	}
	if main := funcs["main"]; main != nil {
		p.Add(main.Name.Pos(), "a handler has no func main: the host calls its hooks; what must run once goes into func init")
	}
	plainHTTP := funcs["ServeHTTP"] != nil && funcs["DoExtraHandshake"] == nil && funcs["TransferData"] == nil
	for _, h := range hooks {
		obj := pkg.Scope().Lookup(h.name)
		if obj == nil {
			missing(s, h, funcs, plainHTTP, p)
			continue
		}
		fn, ok := obj.(*types.Func)
		if !ok {
			p.Add(obj.Pos(), fmt.Sprintf("%s must be a function: want %s", h.name, h.typ))
			continue
		}
		qualify := func(other *types.Package) string {
			if other == pkg {
				return ""
			}
			return other.Name()
		}
		if got := types.TypeString(unnamedParams(fn.Signature()), qualify); got != h.typ && !strings.Contains(got, "invalid type") || fn.Signature().TypeParams().Len() > 0 || !native(fn.Signature()) {
			p.Add(obj.Pos(), fmt.Sprintf("%s is %s, want %s", h.name, got, h.typ))
		}
	}
}

// native reports whether the type named by a hook's parameters are the host's own, and not types of
// the same name in another package.
func native(sig *types.Signature) bool {
	for tuple := range each(sig.Params(), sig.Results()) {
		t := types.Unalias(tuple.Type())
		if p, ok := t.(*types.Pointer); ok {
			t = types.Unalias(p.Elem())
		}
		if n, ok := t.(*types.Named); ok && n.Obj().Pkg() != nil && std.Packages()[n.Obj().Pkg().Path()] != n.Obj().Pkg() {
			return false
		}
	}
	return true
}

func each(tuples ...*types.Tuple) func(func(*types.Var) bool) {
	return func(yield func(*types.Var) bool) {
		for _, t := range tuples {
			for v := range t.Variables() {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// unnamedParams is sig as a type is written, without the names of parameters and results.
func unnamedParams(sig *types.Signature) *types.Signature {
	strip := func(t *types.Tuple) *types.Tuple {
		var vars []*types.Var
		for v := range t.Variables() {
			vars = append(vars, types.NewParam(token.NoPos, nil, "", types.Unalias(v.Type())))
		}
		return types.NewTuple(vars...)
	}
	return types.NewSignatureType(nil, nil, nil, strip(sig.Params()), strip(sig.Results()), sig.Variadic())
}

// missing reports a hook that is not there, at the function that was perhaps meant to be it.
func missing(s *source, h hook, funcs map[string]*ast.FuncDecl, plainHTTP bool, p *Problems) {
	for name, fn := range funcs {
		if isHook(name) {
			continue
		}
		letters := plain(name)
		near := letters == plain(h.name) || letters == plain(h.old)
		if h.required && !near {
			near = nearest.Distance(letters, plain(h.name)) <= 2
		}
		if near {
			p.Add(fn.Name.Pos(), fmt.Sprintf("%s should be named %s", name, h.name))
			return
		}
	}
	if h.required && !plainHTTP {
		p.Add(s.files[0].Package, fmt.Sprintf("%s is missing: a handler needs func %s%s", h.name, h.name, strings.TrimPrefix(h.typ, "func")))
	}
}

func isHook(name string) bool {
	for _, h := range hooks {
		if h.name == name {
			return true
		}
	}
	return false
}

// plain is a name without its case, its underscores and mod_pywebsocket's prefix.
func plain(name string) string {
	name = strings.ToLower(strings.ReplaceAll(name, "_", ""))
	return strings.TrimPrefix(name, "websocket")
}
