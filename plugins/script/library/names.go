package library

import "go/types"

// FuncName is a function's name with its package's path, without type arguments; "": it has none.
func FuncName(o types.Object) string {
	obj, ok := o.(*types.Func)
	if !ok || obj.Pkg() == nil {
		return ""
	}
	return MethodName(obj)
}

// MethodName is that of a function of a package.
func MethodName(obj *types.Func) string {
	recv := obj.Signature().Recv()
	if recv == nil {
		return obj.Pkg().Path() + "." + obj.Name()
	}
	t, star := types.Unalias(recv.Type()), ""
	if p, ok := t.(*types.Pointer); ok {
		t, star = types.Unalias(p.Elem()), "*"
	}
	if n, ok := t.(*types.Named); ok {
		return "(" + star + obj.Pkg().Path() + "." + n.Obj().Name() + ")." + obj.Name()
	}
	return ""
}
