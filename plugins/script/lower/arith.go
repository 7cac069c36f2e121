package lower

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"strconv"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/memory"
	"wshd/plugins/script/value"
)

type integer interface {
	int | int8 | int16 | int32 | int64 | uint | uint8 | uint16 | uint32 | uint64 | uintptr
}

type float interface{ float32 | float64 }

type number interface {
	integer | float | complex64 | complex128
}

// numbers are the operations of a type. What has no bits has no invert and shift; complex numbers are
// converted to each other only.
type numbers struct {
	negate, invert func(dst, x machine.Ref) machine.Op
	binary         func(o token.Token, dst, x, y machine.Ref) machine.Op
	shift          func(left bool, dst, x machine.Ref, count func(*machine.Frame) uint) machine.Op
	convert        func(to reflect.Kind, dst, src machine.Ref) machine.Op
	test           func(o token.Token, x, y machine.Ref) machine.Test
}

func integers[T integer]() numbers {
	return numbers{negate[T], invert[T], intOp[T], shiftOp[T], fromReal[T], testOf[T]}
}

func floats[T float]() numbers {
	return numbers{negate: negate[T], binary: realOp[T], convert: fromReal[T], test: testOf[T]}
}

func complexes[T complex64 | complex128]() numbers {
	return numbers{negate: negate[T], binary: numOp[T]}
}

var numbersOf = map[reflect.Kind]numbers{
	reflect.Int: integers[int](), reflect.Int8: integers[int8](), reflect.Int16: integers[int16](),
	reflect.Int32: integers[int32](), reflect.Int64: integers[int64](),
	reflect.Uint: integers[uint](), reflect.Uint8: integers[uint8](), reflect.Uint16: integers[uint16](),
	reflect.Uint32: integers[uint32](), reflect.Uint64: integers[uint64](), reflect.Uintptr: integers[uintptr](),
	reflect.Float32: floats[float32](), reflect.Float64: floats[float64](),
	reflect.Complex64: complexes[complex64](), reflect.Complex128: complexes[complex128](),
}

func negate[T number](dst, x machine.Ref) machine.Op {
	return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = -*(*T)(x.At(fr)) }
}

func invert[T integer](dst, x machine.Ref) machine.Op {
	return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = ^*(*T)(x.At(fr)) }
}

func (c *compiler) binOp(in *ssa.BinOp) machine.Op {
	dst, x, y := c.ref(in), c.ref(in.X), c.ref(in.Y)
	switch in.Op {
	case token.EQL, token.NEQ:
		return c.equality(in, dst, x, y)
	case token.SHL, token.SHR:
		return c.shift(in, dst, x, y)
	}
	k := c.Laid(in.X.Type()).Kind()
	binary := numbersOf[k].binary
	if k == reflect.String {
		binary = strOp
	}
	if binary != nil {
		if f := binary(in.Op, dst, x, y); f != nil {
			return f
		}
	}
	c.refuse(&unknown, fmt.Sprintf("operator %s on %s", in.Op, in.X.Type()))
	return nil
}

func numOp[T number](o token.Token, dst, x, y machine.Ref) machine.Op {
	switch o {
	case token.ADD:
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = *(*T)(x.At(fr)) + *(*T)(y.At(fr)) }
	case token.SUB:
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = *(*T)(x.At(fr)) - *(*T)(y.At(fr)) }
	case token.MUL:
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = *(*T)(x.At(fr)) * *(*T)(y.At(fr)) }
	case token.QUO:
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = *(*T)(x.At(fr)) / *(*T)(y.At(fr)) }
	}
	return nil
}

func realOp[T integer | float](o token.Token, dst, x, y machine.Ref) machine.Op {
	switch o {
	case token.LSS:
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = *(*T)(x.At(fr)) < *(*T)(y.At(fr)) }
	case token.LEQ:
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = *(*T)(x.At(fr)) <= *(*T)(y.At(fr)) }
	case token.GTR:
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = *(*T)(x.At(fr)) > *(*T)(y.At(fr)) }
	case token.GEQ:
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = *(*T)(x.At(fr)) >= *(*T)(y.At(fr)) }
	}
	if f := quick[T](o, dst.Off, x, y); f != nil {
		return f
	}
	return numOp[T](o, dst, x, y)
}

func intOp[T integer](o token.Token, dst, x, y machine.Ref) machine.Op {
	if f := quickInt[T](o, dst.Off, x, y); f != nil {
		return f
	}
	switch o {
	case token.REM:
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = *(*T)(x.At(fr)) % *(*T)(y.At(fr)) }
	case token.AND:
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = *(*T)(x.At(fr)) & *(*T)(y.At(fr)) }
	case token.OR:
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = *(*T)(x.At(fr)) | *(*T)(y.At(fr)) }
	case token.XOR:
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = *(*T)(x.At(fr)) ^ *(*T)(y.At(fr)) }
	case token.AND_NOT:
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = *(*T)(x.At(fr)) &^ *(*T)(y.At(fr)) }
	}
	return realOp[T](o, dst, x, y)
}

func strOp(o token.Token, dst, x, y machine.Ref) machine.Op {
	switch o {
	case token.ADD:
		return func(fr *machine.Frame) {
			a, b := *(*string)(x.At(fr)), *(*string)(y.At(fr))
			if n := len(a) + len(b); n > memory.Much && memory.TooMuch(uint64(n), 1) {
				panic(value.RuntimeError("out of memory: a string of " + strconv.Itoa(n) + " bytes"))
			}
			*(*string)(dst.At(fr)) = a + b
		}
	case token.LSS:
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = *(*string)(x.At(fr)) < *(*string)(y.At(fr)) }
	case token.LEQ:
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = *(*string)(x.At(fr)) <= *(*string)(y.At(fr)) }
	case token.GTR:
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = *(*string)(x.At(fr)) > *(*string)(y.At(fr)) }
	case token.GEQ:
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = *(*string)(x.At(fr)) >= *(*string)(y.At(fr)) }
	}
	return nil
}

// shift compiles << and >>. A count that is negative panics; one too big to be an int shifts all out.
func (c *compiler) shift(in *ssa.BinOp, dst, x, y machine.Ref) machine.Op {
	read := value.Reader(c.Laid(in.Y.Type()))
	signed := in.Y.Type().Underlying().(*types.Basic).Info()&types.IsUnsigned == 0
	count := func(fr *machine.Frame) uint {
		n, ok := read(y.At(fr))
		if signed && n < 0 {
			panic(value.RuntimeError("negative shift amount"))
		}
		if !ok {
			return 1 << 20
		}
		return uint(n)
	}
	return numbersOf[c.Laid(in.X.Type()).Kind()].shift(in.Op == token.SHL, dst, x, count)
}

func shiftOp[T integer](left bool, dst, x machine.Ref, count func(*machine.Frame) uint) machine.Op {
	if left {
		return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = *(*T)(x.At(fr)) << count(fr) }
	}
	return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = *(*T)(x.At(fr)) >> count(fr) }
}

// equality compiles == and !=.
func (c *compiler) equality(in *ssa.BinOp, dst, x, y machine.Ref) machine.Op {
	equal := c.equal(in.X.Type(), in.Y.Type())
	if isNil(in.Y) && types.IsInterface(in.X.Type()) || isNil(in.X) && types.IsInterface(in.Y.Type()) {
		equal = func(x, y unsafe.Pointer) bool { return value.Pointer(x) == value.Pointer(y) }
	}
	if in.Op == token.EQL {
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = equal(x.At(fr), y.At(fr)) }
	}
	return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = !equal(x.At(fr), y.At(fr)) }
}

func isNil(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.IsNil()
}
