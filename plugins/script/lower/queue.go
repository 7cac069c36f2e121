package lower

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/layout"
	"wshd/plugins/script/library/templates"
)

// queueBoxed has the methods compiled of a type that goes into an interface, and of all types that can
// be reached from it: packages that look into values call them.
func (c *compiler) queueBoxed(t *boxed.Type) {
	if c.boxed[t] || !t.Scripted {
		return
	}
	c.boxed[t] = true
	reach := func(u types.Type) { c.queueBoxed(c.TypeOf(u)) }
	if !types.IsInterface(t.Go) {
		c.queueMethods(t.Go)
		if _, ok := t.Go.Underlying().(*types.Pointer); !ok {
			c.queueMethods(types.NewPointer(t.Go))
		}
	}
	if c.hasTemplates() {
		c.reachResults(t.Go, reach)
	}
	switch u := t.Go.Underlying().(type) {
	case *types.Signature: // nobody sees into it
	default:
		for _, p := range layout.Parts(u) {
			reach(p)
		}
	}
}

func (vm *Program) hasTemplates() bool {
	return slices.ContainsFunc(vm.sources, func(s Source) bool { return slices.ContainsFunc(s.Pkg.Imports(), templates.Is) })
}

// reachResults goes through the types of what a template may get of a value: it calls methods and functions.
func (vm *Program) reachResults(t types.Type, reach func(types.Type)) {
	var got []*types.Tuple
	for _, sel := range typeutil.IntuitiveMethodSet(t, vm.Sets) {
		if sel.Obj().Exported() {
			got = append(got, sel.Obj().Type().(*types.Signature).Results())
		}
	}
	if fn, ok := t.Underlying().(*types.Signature); ok {
		got = append(got, fn.Results(), fn.Params()) // those of an iterator are yielded
	}
	for _, list := range got {
		for v := range list.Variables() {
			if vm.IsScripted(v.Type()) {
				reach(v.Type())
			}
		}
	}
}
