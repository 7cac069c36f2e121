package lower

import (
	"reflect"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// moveValue copies a value of type rt from one place to another.
func moveValue(rt reflect.Type, dst, src machine.Ref) machine.Op {
	if acc := accessOf(rt); acc != nil && src.Abs == nil && dst.Abs == nil {
		return acc.move(dst.Off, src.Off)
	}
	return moveOp(value.MoverOf(rt), dst, src)
}

func moveOp(move value.Mover, dst, src machine.Ref) machine.Op {
	return func(fr *machine.Frame) { move(dst.At(fr), src.At(fr)) }
}
