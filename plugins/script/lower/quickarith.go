package lower

import (
	"go/token"

	"wshd/plugins/script/machine"
)

// A number lies in the frame, or is a constant: then a piece has it in itself.

// quick is a binary operation with its first operand in the frame; nil: there is no such piece.
func quick[T integer | float](o token.Token, dst uintptr, x, y machine.Ref) machine.Op {
	if x.Abs != nil {
		return nil
	}
	if y.Abs != nil {
		return quickConst(o, dst, x.Off, *(*T)(y.Abs))
	}
	a, b := x.Off, y.Off
	switch o {
	case token.ADD:
		return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) + *in[T](fr, b) }
	case token.SUB:
		return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) - *in[T](fr, b) }
	case token.MUL:
		return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) * *in[T](fr, b) }
	}
	return nil
}

func quickConst[T integer | float](o token.Token, dst, a uintptr, b T) machine.Op {
	switch o {
	case token.ADD:
		return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) + b }
	case token.SUB:
		return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) - b }
	case token.MUL:
		return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) * b }
	}
	return nil
}

// quickInt is quick for what only integers have.
func quickInt[T integer](o token.Token, dst uintptr, x, y machine.Ref) machine.Op {
	if x.Abs != nil {
		return nil
	}
	a, b := x.Off, y.Off
	if y.Abs == nil {
		switch o {
		case token.AND:
			return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) & *in[T](fr, b) }
		case token.OR:
			return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) | *in[T](fr, b) }
		case token.XOR:
			return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) ^ *in[T](fr, b) }
		}
		return nil
	}
	c := *(*T)(y.Abs)
	switch {
	case o == token.AND:
		return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) & c }
	case o == token.OR:
		return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) | c }
	case o == token.XOR:
		return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) ^ c }
	case o == token.REM && c > 0:
		return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) % c }
	case o == token.QUO && c > 0:
		return func(fr *machine.Frame) { *in[T](fr, dst) = *in[T](fr, a) / c }
	}
	return nil
}

// testOf compiles a comparison of values of kind T.
func testOf[T integer | float | string](o token.Token, x, y machine.Ref) machine.Test {
	switch {
	case x.Abs != nil && y.Abs != nil:
		return nil
	case x.Abs != nil:
		return testConst(mirrored[o], y.Off, *(*T)(x.Abs))
	case y.Abs != nil:
		return testConst(o, x.Off, *(*T)(y.Abs))
	}
	a, b := x.Off, y.Off
	switch o {
	case token.EQL:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) == *in[T](fr, b) }
	case token.NEQ:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) != *in[T](fr, b) }
	case token.LSS:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) < *in[T](fr, b) }
	case token.LEQ:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) <= *in[T](fr, b) }
	case token.GTR:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) > *in[T](fr, b) }
	case token.GEQ:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) >= *in[T](fr, b) }
	}
	return nil
}

// mirrored are the comparisons with their operands exchanged.
var mirrored = map[token.Token]token.Token{token.EQL: token.EQL, token.NEQ: token.NEQ, token.LSS: token.GTR,
	token.LEQ: token.GEQ, token.GTR: token.LSS, token.GEQ: token.LEQ}

func testConst[T integer | float | string](o token.Token, a uintptr, b T) machine.Test {
	switch o {
	case token.EQL:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) == b }
	case token.NEQ:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) != b }
	case token.LSS:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) < b }
	case token.LEQ:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) <= b }
	case token.GTR:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) > b }
	case token.GEQ:
		return func(fr *machine.Frame) bool { return *in[T](fr, a) >= b }
	}
	return nil
}
