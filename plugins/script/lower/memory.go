package lower

import (
	"reflect"

	"wshd/plugins/script/value"
)

// moveValue copies a value of type rt from one place to another.
func moveValue(rt reflect.Type, dst, src ref) op {
	if acc := accessOf(rt); acc != nil && src.abs == nil && dst.abs == nil {
		return acc.move(dst.off, src.off)
	}
	return moveOp(value.MoverOf(rt), dst, src)
}

func moveOp(move value.Mover, dst, src ref) op {
	return func(fr *frame) { move(dst.at(fr), src.at(fr)) }
}
