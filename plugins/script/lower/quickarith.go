package lower

import (
	"go/token"
)

// A number lies in the frame, or is a constant: then a piece has it in itself.

// quick is a binary operation with its first operand in the frame; nil: there is no such piece.
func quick[T integer | float](o token.Token, dst uintptr, x, y ref) op {
	if x.abs != nil {
		return nil
	}
	if y.abs != nil {
		return quickConst(o, dst, x.off, *(*T)(y.abs))
	}
	a, b := x.off, y.off
	switch o {
	case token.ADD:
		return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) + *in[T](fr, b) }
	case token.SUB:
		return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) - *in[T](fr, b) }
	case token.MUL:
		return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) * *in[T](fr, b) }
	}
	return nil
}

func quickConst[T integer | float](o token.Token, dst, a uintptr, b T) op {
	switch o {
	case token.ADD:
		return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) + b }
	case token.SUB:
		return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) - b }
	case token.MUL:
		return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) * b }
	}
	return nil
}

// quickInt is quick for what only integers have.
func quickInt[T integer](o token.Token, dst uintptr, x, y ref) op {
	if x.abs != nil {
		return nil
	}
	a, b := x.off, y.off
	if y.abs == nil {
		switch o {
		case token.AND:
			return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) & *in[T](fr, b) }
		case token.OR:
			return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) | *in[T](fr, b) }
		case token.XOR:
			return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) ^ *in[T](fr, b) }
		}
		return nil
	}
	c := *(*T)(y.abs)
	switch {
	case o == token.AND:
		return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) & c }
	case o == token.OR:
		return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) | c }
	case o == token.XOR:
		return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) ^ c }
	case o == token.REM && c > 0:
		return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) % c }
	case o == token.QUO && c > 0:
		return func(fr *frame) { *in[T](fr, dst) = *in[T](fr, a) / c }
	}
	return nil
}

// test is a comparison that a way is chosen by.
type test func(fr *frame) bool

// testOf compiles a comparison of values of kind T.
func testOf[T integer | float | string](o token.Token, x, y ref) test {
	switch {
	case x.abs != nil && y.abs != nil:
		return nil
	case x.abs != nil:
		return testConst(mirrored[o], y.off, *(*T)(x.abs))
	case y.abs != nil:
		return testConst(o, x.off, *(*T)(y.abs))
	}
	a, b := x.off, y.off
	switch o {
	case token.EQL:
		return func(fr *frame) bool { return *in[T](fr, a) == *in[T](fr, b) }
	case token.NEQ:
		return func(fr *frame) bool { return *in[T](fr, a) != *in[T](fr, b) }
	case token.LSS:
		return func(fr *frame) bool { return *in[T](fr, a) < *in[T](fr, b) }
	case token.LEQ:
		return func(fr *frame) bool { return *in[T](fr, a) <= *in[T](fr, b) }
	case token.GTR:
		return func(fr *frame) bool { return *in[T](fr, a) > *in[T](fr, b) }
	case token.GEQ:
		return func(fr *frame) bool { return *in[T](fr, a) >= *in[T](fr, b) }
	}
	return nil
}

// mirrored are the comparisons with their operands exchanged.
var mirrored = map[token.Token]token.Token{token.EQL: token.EQL, token.NEQ: token.NEQ, token.LSS: token.GTR,
	token.LEQ: token.GEQ, token.GTR: token.LSS, token.GEQ: token.LEQ}

func testConst[T integer | float | string](o token.Token, a uintptr, b T) test {
	switch o {
	case token.EQL:
		return func(fr *frame) bool { return *in[T](fr, a) == b }
	case token.NEQ:
		return func(fr *frame) bool { return *in[T](fr, a) != b }
	case token.LSS:
		return func(fr *frame) bool { return *in[T](fr, a) < b }
	case token.LEQ:
		return func(fr *frame) bool { return *in[T](fr, a) <= b }
	case token.GTR:
		return func(fr *frame) bool { return *in[T](fr, a) > b }
	case token.GEQ:
		return func(fr *frame) bool { return *in[T](fr, a) >= b }
	}
	return nil
}
