package lower

import (
	"go/types"
	"reflect"

	"golang.org/x/tools/go/ssa"
)

// convert compiles a conversion between basic types, or between strings and slices.
func (c *compiler) convert(to ssa.Value, from ssa.Value) op {
	dst, src := c.ref(to), c.ref(from)
	rt, ft := c.rtype(to.Type()), c.rtype(from.Type())
	if b, ok := to.Type().Underlying().(*types.Basic); ok && b.Kind() == types.UnsafePointer {
		c.refuse("unsafe.Pointer cannot be had in scripts")
	}
	if rt == ft {
		return moveOp(moverOf(rt), dst, src)
	}
	switch {
	case rt.Kind() == reflect.String && ft.Kind() == reflect.Slice && ft.Elem().Kind() == reflect.Uint8:
		return func(fr *frame) { *(*string)(dst.at(fr)) = string(*(*[]byte)(src.at(fr))) }
	case rt.Kind() == reflect.String && ft.Kind() == reflect.Slice:
		return func(fr *frame) { *(*string)(dst.at(fr)) = string(*(*[]rune)(src.at(fr))) }
	case ft.Kind() == reflect.String && rt.Kind() == reflect.Slice && rt.Elem().Kind() == reflect.Uint8:
		return func(fr *frame) { *(*[]byte)(dst.at(fr)) = []byte(*(*string)(src.at(fr))) }
	case ft.Kind() == reflect.String && rt.Kind() == reflect.Slice:
		return func(fr *frame) { *(*[]rune)(dst.at(fr)) = []rune(*(*string)(src.at(fr))) }
	case rt.Kind() == reflect.String:
		return func(fr *frame) { put(rt, dst.at(fr), value(ft, src.at(fr)).Convert(rt)) }
	}
	switch ft.Kind() {
	case reflect.Int:
		return fromReal[int](rt.Kind(), dst, src)
	case reflect.Int8:
		return fromReal[int8](rt.Kind(), dst, src)
	case reflect.Int16:
		return fromReal[int16](rt.Kind(), dst, src)
	case reflect.Int32:
		return fromReal[int32](rt.Kind(), dst, src)
	case reflect.Int64:
		return fromReal[int64](rt.Kind(), dst, src)
	case reflect.Uint:
		return fromReal[uint](rt.Kind(), dst, src)
	case reflect.Uint8:
		return fromReal[uint8](rt.Kind(), dst, src)
	case reflect.Uint16:
		return fromReal[uint16](rt.Kind(), dst, src)
	case reflect.Uint32:
		return fromReal[uint32](rt.Kind(), dst, src)
	case reflect.Uint64:
		return fromReal[uint64](rt.Kind(), dst, src)
	case reflect.Uintptr:
		return fromReal[uintptr](rt.Kind(), dst, src)
	case reflect.Float32:
		return fromReal[float32](rt.Kind(), dst, src)
	case reflect.Float64:
		return fromReal[float64](rt.Kind(), dst, src)
	case reflect.Complex64:
		return func(fr *frame) { *(*complex128)(dst.at(fr)) = complex128(*(*complex64)(src.at(fr))) }
	case reflect.Complex128:
		return func(fr *frame) { *(*complex64)(dst.at(fr)) = complex64(*(*complex128)(src.at(fr))) }
	}
	c.refuse("converting %s to %s cannot be had in scripts", from.Type(), to.Type())
	return nil
}

func fromReal[F integer | float](to reflect.Kind, dst, src ref) op {
	switch to {
	case reflect.Int:
		return realTo[F, int](dst, src)
	case reflect.Int8:
		return realTo[F, int8](dst, src)
	case reflect.Int16:
		return realTo[F, int16](dst, src)
	case reflect.Int32:
		return realTo[F, int32](dst, src)
	case reflect.Int64:
		return realTo[F, int64](dst, src)
	case reflect.Uint:
		return realTo[F, uint](dst, src)
	case reflect.Uint8:
		return realTo[F, uint8](dst, src)
	case reflect.Uint16:
		return realTo[F, uint16](dst, src)
	case reflect.Uint32:
		return realTo[F, uint32](dst, src)
	case reflect.Uint64:
		return realTo[F, uint64](dst, src)
	case reflect.Uintptr:
		return realTo[F, uintptr](dst, src)
	case reflect.Float32:
		return realTo[F, float32](dst, src)
	}
	return realTo[F, float64](dst, src)
}

func realTo[F, T integer | float](dst, src ref) op {
	return func(fr *frame) { *(*T)(dst.at(fr)) = T(*(*F)(src.at(fr))) }
}
