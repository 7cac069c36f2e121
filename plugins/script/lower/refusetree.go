package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/library/templates"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// refuseTree refuses to show a template's tree, which is not what it was parsed from; nil if it is not asked
// for.
func (c *compiler) refuseTree(in *ssa.FieldAddr) machine.Op {
	ptr, ok := in.X.Type().Underlying().(*types.Pointer)
	if !ok {
		return nil
	}
	named, ok := types.Unalias(ptr.Elem()).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || !templates.Is(named.Obj().Pkg()) || named.Obj().Name() != "Template" {
		return nil
	}
	if !c.isWrapper() {
		c.refuse(&noTree, value.ShortName(ptr))
	}
	msg := noTree.refusal(value.ShortName(ptr)).msg
	return func(*machine.Frame) { panic(value.PlainError(msg)) }
}
