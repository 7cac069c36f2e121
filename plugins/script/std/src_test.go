package std

import (
	"go/types"
	"testing"
)

// TestSourceIsWhatGoHas compares the packages in src with Go's own: every function must be there, with
// its type.
func TestSourceIsWhatGoHas(t *testing.T) {
	for _, path := range sourced {
		want, got := Packages()[path], FromSource(path).Pkg
		for _, name := range want.Scope().Names() {
			w := want.Scope().Lookup(name)
			g := got.Scope().Lookup(name)
			if !w.Exported() {
				continue
			}
			if g == nil {
				t.Errorf("%s.%s is missing", path, name)
				continue
			}
			if w, g := shapeOf(w), shapeOf(g); w != g {
				t.Errorf("%s.%s: got %s, want %s", path, name, g, w)
			}
		}
	}
}

// shapeOf is a function's type without the names of its parameters.
func shapeOf(obj types.Object) string {
	fn, ok := obj.(*types.Func)
	if !ok {
		return obj.Type().Underlying().String()
	}
	sig, s := fn.Signature(), ""
	for p := range sig.TypeParams().TypeParams() {
		s += p.Obj().Name() + " " + types.TypeString(p.Constraint(), (*types.Package).Name) + ", "
	}
	for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
		for v := range tuple.Variables() {
			s += types.TypeString(v.Type(), (*types.Package).Name) + ", "
		}
		s += "; "
	}
	return s
}
