package lower

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/library/encoding"
	"wshd/plugins/script/value"
)

// refuseDecoding refuses at load what decoding would refuse when it runs.
func (c *compiler) refuseDecoding(v ssa.Value, by encoding.Decoder) {
	if t := pointedTo(v); t != nil {
		if why := c.coder.Undecodable(t, by); why != "" {
			c.refuse(&noDecoding, value.ShortName(t), why)
		}
	}
}

// pointedTo is what v points to, which is given to a function as an any; nil: that cannot be told.
func pointedTo(v ssa.Value) types.Type {
	if made, ok := v.(*ssa.MakeInterface); ok {
		if ptr, ok := made.X.Type().Underlying().(*types.Pointer); ok {
			return ptr.Elem()
		}
	}
	return nil
}
