package script

import (
	"go/ast"
	"go/types"
)

func (f *formFinder) expression(n ast.Expr) {
	switch n := n.(type) {
	case *ast.CallExpr:
		f.call(n)
	case *ast.CompositeLit:
		f.literal(n)
	case *ast.UnaryExpr:
		_, lit := n.X.(*ast.CompositeLit)
		f.when(lit, "literal address")
	case *ast.IndexExpr:
		if f.info.Types[n.X].IsValue() {
			if _, generic := f.info.Types[n.X].Type.Underlying().(*types.Signature); !generic {
				f.is("index of %s", f.over(n.X))
			}
		}
	case *ast.SliceExpr:
		f.is("slice of %s", f.over(n.X))
		f.when(n.Slice3, "slice with max")
		f.when(n.Low == nil, "slice without low")
		f.when(n.High == nil, "slice without high")
	case *ast.SelectorExpr:
		f.selector(n)
	case *ast.TypeAssertExpr:
		if n.Type != nil {
			f.when(types.IsInterface(f.info.Types[n.Type].Type), "assertion to interface")
			f.when(!types.IsInterface(f.info.Types[n.Type].Type), "assertion to type")
		}
	case *ast.Ident:
		_, ok := f.info.Uses[n].(*types.Const)
		f.when(ok, "constant")
	}
}

func (f *formFinder) callee(n *ast.CallExpr) string {
	switch fun := ast.Unparen(n.Fun).(type) {
	case *ast.FuncLit:
		return "literal"
	case *ast.SelectorExpr:
		if sel := f.info.Selections[fun]; sel != nil && sel.Kind() == types.MethodVal {
			if types.IsInterface(sel.Recv()) {
				return "interface method"
			}
			return "method"
		}
	case *ast.Ident:
		switch f.info.Uses[fun].(type) {
		case *types.Builtin:
			return "builtin"
		case *types.Var:
			return "value"
		}
	}
	return "function"
}

func (f *formFinder) call(n *ast.CallExpr) {
	fun := ast.Unparen(n.Fun)
	f.called[fun] = true
	if f.info.Types[fun].IsType() {
		f.is("conversion")
		return
	}
	f.when(n.Ellipsis.IsValid(), "call with list...")
	if len(n.Args) == 1 {
		tuple, ok := f.info.Types[n.Args[0]].Type.(*types.Tuple)
		f.when(ok && tuple.Len() > 1, "call with results of call")
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		if b, ok := f.info.Uses[fun].(*types.Builtin); ok {
			f.is("call %s", b.Name())
		}
		_, generic := f.info.Instances[fun]
		f.when(generic, "call of generic")
	case *ast.IndexExpr, *ast.IndexListExpr:
		f.is("call of generic instance")
	case *ast.FuncLit:
		f.is("call of literal")
	case *ast.CallExpr:
		f.is("call of result")
	}
}

func (f *formFinder) literal(n *ast.CompositeLit) {
	open := false
	if array, ok := n.Type.(*ast.ArrayType); ok {
		_, open = array.Len.(*ast.Ellipsis)
	}
	named := false
	for _, e := range n.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		named = named || ok
		if !ok {
			continue
		}
		if inner, ok := kv.Value.(*ast.CompositeLit); ok && inner.Type == nil {
			f.is("literal without type")
		}
	}
	switch f.info.Types[n].Type.Underlying().(type) {
	case *types.Array:
		f.is("literal of array")
		f.when(open, "literal of [...]array")
		f.when(named, "literal with indices")
	case *types.Slice:
		f.is("literal of slice")
		f.when(named, "literal with indices")
	case *types.Map:
		f.is("literal of map")
	case *types.Struct:
		f.when(named, "literal of struct with names")
		f.when(!named && len(n.Elts) > 0, "literal of struct in order")
		f.when(n.Type == nil, "literal without type")
	case *types.Pointer:
		f.is("literal without & and type")
	}
}

func (f *formFinder) selector(n *ast.SelectorExpr) {
	sel := f.info.Selections[n]
	if sel == nil {
		f.is("package's name")
		return
	}
	switch sel.Kind() {
	case types.FieldVal:
		f.when(len(sel.Index()) == 1, "field")
		f.when(len(sel.Index()) > 1, "promoted field")
	case types.MethodExpr:
		f.is("method expression")
	case types.MethodVal:
		f.when(len(sel.Index()) > 1, "promoted method")
		f.when(!f.called[n] && types.IsInterface(sel.Recv()), "interface method value")
		f.when(!f.called[n] && !types.IsInterface(sel.Recv()), "method value")
	}
}
