package lower

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"strconv"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

type integer interface {
	int | int8 | int16 | int32 | int64 | uint | uint8 | uint16 | uint32 | uint64 | uintptr
}

type float interface{ float32 | float64 }

type number interface {
	integer | float | complex64 | complex128
}

type unary map[reflect.Kind]func(dst, x ref) op

func negate[T number](dst, x ref) op {
	return func(fr *frame) { *(*T)(dst.at(fr)) = -*(*T)(x.at(fr)) }
}

func invert[T integer](dst, x ref) op {
	return func(fr *frame) { *(*T)(dst.at(fr)) = ^*(*T)(x.at(fr)) }
}

var negations = unary{
	reflect.Int: negate[int], reflect.Int8: negate[int8], reflect.Int16: negate[int16], reflect.Int32: negate[int32],
	reflect.Int64: negate[int64], reflect.Uint: negate[uint], reflect.Uint8: negate[uint8], reflect.Uint16: negate[uint16],
	reflect.Uint32: negate[uint32], reflect.Uint64: negate[uint64], reflect.Uintptr: negate[uintptr],
	reflect.Float32: negate[float32], reflect.Float64: negate[float64],
	reflect.Complex64: negate[complex64], reflect.Complex128: negate[complex128],
}

var complements = unary{
	reflect.Int: invert[int], reflect.Int8: invert[int8], reflect.Int16: invert[int16], reflect.Int32: invert[int32],
	reflect.Int64: invert[int64], reflect.Uint: invert[uint], reflect.Uint8: invert[uint8], reflect.Uint16: invert[uint16],
	reflect.Uint32: invert[uint32], reflect.Uint64: invert[uint64], reflect.Uintptr: invert[uintptr],
}

func (c *compiler) binOp(in *ssa.BinOp) op {
	dst, x, y := c.ref(in), c.ref(in.X), c.ref(in.Y)
	rt := c.rtype(in.X.Type())
	switch in.Op {
	case token.EQL, token.NEQ:
		return c.equality(in, dst, x, y)
	case token.SHL, token.SHR:
		return c.shift(in, dst, x, y)
	}
	var f op
	switch rt.Kind() {
	case reflect.String:
		f = strOp(in.Op, dst, x, y)
	case reflect.Int:
		f = intOp[int](in.Op, dst, x, y)
	case reflect.Int8:
		f = intOp[int8](in.Op, dst, x, y)
	case reflect.Int16:
		f = intOp[int16](in.Op, dst, x, y)
	case reflect.Int32:
		f = intOp[int32](in.Op, dst, x, y)
	case reflect.Int64:
		f = intOp[int64](in.Op, dst, x, y)
	case reflect.Uint:
		f = intOp[uint](in.Op, dst, x, y)
	case reflect.Uint8:
		f = intOp[uint8](in.Op, dst, x, y)
	case reflect.Uint16:
		f = intOp[uint16](in.Op, dst, x, y)
	case reflect.Uint32:
		f = intOp[uint32](in.Op, dst, x, y)
	case reflect.Uint64:
		f = intOp[uint64](in.Op, dst, x, y)
	case reflect.Uintptr:
		f = intOp[uintptr](in.Op, dst, x, y)
	case reflect.Float32:
		f = realOp[float32](in.Op, dst, x, y)
	case reflect.Float64:
		f = realOp[float64](in.Op, dst, x, y)
	case reflect.Complex64:
		f = numOp[complex64](in.Op, dst, x, y)
	case reflect.Complex128:
		f = numOp[complex128](in.Op, dst, x, y)
	}
	if f == nil {
		c.refuse(&unknown, fmt.Sprintf("operator %s on %s", in.Op, in.X.Type()))
	}
	return f
}

func numOp[T number](o token.Token, dst, x, y ref) op {
	switch o {
	case token.ADD:
		return func(fr *frame) { *(*T)(dst.at(fr)) = *(*T)(x.at(fr)) + *(*T)(y.at(fr)) }
	case token.SUB:
		return func(fr *frame) { *(*T)(dst.at(fr)) = *(*T)(x.at(fr)) - *(*T)(y.at(fr)) }
	case token.MUL:
		return func(fr *frame) { *(*T)(dst.at(fr)) = *(*T)(x.at(fr)) * *(*T)(y.at(fr)) }
	case token.QUO:
		return func(fr *frame) { *(*T)(dst.at(fr)) = *(*T)(x.at(fr)) / *(*T)(y.at(fr)) }
	}
	return nil
}

func realOp[T integer | float](o token.Token, dst, x, y ref) op {
	switch o {
	case token.LSS:
		return func(fr *frame) { *(*bool)(dst.at(fr)) = *(*T)(x.at(fr)) < *(*T)(y.at(fr)) }
	case token.LEQ:
		return func(fr *frame) { *(*bool)(dst.at(fr)) = *(*T)(x.at(fr)) <= *(*T)(y.at(fr)) }
	case token.GTR:
		return func(fr *frame) { *(*bool)(dst.at(fr)) = *(*T)(x.at(fr)) > *(*T)(y.at(fr)) }
	case token.GEQ:
		return func(fr *frame) { *(*bool)(dst.at(fr)) = *(*T)(x.at(fr)) >= *(*T)(y.at(fr)) }
	}
	return numOp[T](o, dst, x, y)
}

func intOp[T integer](o token.Token, dst, x, y ref) op {
	switch o {
	case token.REM:
		return func(fr *frame) { *(*T)(dst.at(fr)) = *(*T)(x.at(fr)) % *(*T)(y.at(fr)) }
	case token.AND:
		return func(fr *frame) { *(*T)(dst.at(fr)) = *(*T)(x.at(fr)) & *(*T)(y.at(fr)) }
	case token.OR:
		return func(fr *frame) { *(*T)(dst.at(fr)) = *(*T)(x.at(fr)) | *(*T)(y.at(fr)) }
	case token.XOR:
		return func(fr *frame) { *(*T)(dst.at(fr)) = *(*T)(x.at(fr)) ^ *(*T)(y.at(fr)) }
	case token.AND_NOT:
		return func(fr *frame) { *(*T)(dst.at(fr)) = *(*T)(x.at(fr)) &^ *(*T)(y.at(fr)) }
	}
	return realOp[T](o, dst, x, y)
}

func strOp(o token.Token, dst, x, y ref) op {
	switch o {
	case token.ADD:
		return func(fr *frame) {
			a, b := *(*string)(x.at(fr)), *(*string)(y.at(fr))
			if n := len(a) + len(b); n > much && tooMuch(uint64(n), 1) {
				panic(runtimeError("out of memory: a string of " + strconv.Itoa(n) + " bytes"))
			}
			*(*string)(dst.at(fr)) = a + b
		}
	case token.LSS:
		return func(fr *frame) { *(*bool)(dst.at(fr)) = *(*string)(x.at(fr)) < *(*string)(y.at(fr)) }
	case token.LEQ:
		return func(fr *frame) { *(*bool)(dst.at(fr)) = *(*string)(x.at(fr)) <= *(*string)(y.at(fr)) }
	case token.GTR:
		return func(fr *frame) { *(*bool)(dst.at(fr)) = *(*string)(x.at(fr)) > *(*string)(y.at(fr)) }
	case token.GEQ:
		return func(fr *frame) { *(*bool)(dst.at(fr)) = *(*string)(x.at(fr)) >= *(*string)(y.at(fr)) }
	}
	return nil
}

// shift compiles << and >>. A count that is negative panics; one too big to be an int shifts all out.
func (c *compiler) shift(in *ssa.BinOp, dst, x, y ref) op {
	read := reader(c.rtype(in.Y.Type()))
	signed := in.Y.Type().Underlying().(*types.Basic).Info()&types.IsUnsigned == 0
	count := func(fr *frame) uint {
		n, ok := read(y.at(fr))
		if signed && n < 0 {
			panic(runtimeError("negative shift amount"))
		}
		if !ok {
			return 1 << 20
		}
		return uint(n)
	}
	left := in.Op == token.SHL
	switch c.rtype(in.X.Type()).Kind() {
	case reflect.Int:
		return shiftOp[int](left, dst, x, count)
	case reflect.Int8:
		return shiftOp[int8](left, dst, x, count)
	case reflect.Int16:
		return shiftOp[int16](left, dst, x, count)
	case reflect.Int32:
		return shiftOp[int32](left, dst, x, count)
	case reflect.Int64:
		return shiftOp[int64](left, dst, x, count)
	case reflect.Uint:
		return shiftOp[uint](left, dst, x, count)
	case reflect.Uint8:
		return shiftOp[uint8](left, dst, x, count)
	case reflect.Uint16:
		return shiftOp[uint16](left, dst, x, count)
	case reflect.Uint32:
		return shiftOp[uint32](left, dst, x, count)
	case reflect.Uint64:
		return shiftOp[uint64](left, dst, x, count)
	}
	return shiftOp[uintptr](left, dst, x, count)
}

func shiftOp[T integer](left bool, dst, x ref, count func(*frame) uint) op {
	if left {
		return func(fr *frame) { *(*T)(dst.at(fr)) = *(*T)(x.at(fr)) << count(fr) }
	}
	return func(fr *frame) { *(*T)(dst.at(fr)) = *(*T)(x.at(fr)) >> count(fr) }
}

// equality compiles == and !=.
func (c *compiler) equality(in *ssa.BinOp, dst, x, y ref) op {
	equal := c.equal(in.X.Type(), in.Y.Type())
	if isNil(in.Y) && types.IsInterface(in.X.Type()) || isNil(in.X) && types.IsInterface(in.Y.Type()) {
		equal = func(x, y unsafe.Pointer) bool { return ptrAt(x) == ptrAt(y) }
	}
	if in.Op == token.EQL {
		return func(fr *frame) { *(*bool)(dst.at(fr)) = equal(x.at(fr), y.at(fr)) }
	}
	return func(fr *frame) { *(*bool)(dst.at(fr)) = !equal(x.at(fr), y.at(fr)) }
}

func isNil(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.IsNil()
}
