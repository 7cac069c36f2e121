package lower

import (
	"fmt"
	"reflect"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// convert compiles a conversion between basic types, or between strings and slices.
func (c *compiler) convert(to ssa.Value, from ssa.Value) machine.Op {
	dst, src := c.ref(to), c.ref(from)
	rt, ft := c.Laid(to.Type()), c.Laid(from.Type())
	switch {
	case rt.Kind() == reflect.String && ft.Kind() == reflect.Slice && ft.Elem().Kind() == reflect.Uint8:
		return func(fr *machine.Frame) { *(*string)(dst.At(fr)) = string(*(*[]byte)(src.At(fr))) }
	case rt.Kind() == reflect.String && ft.Kind() == reflect.Slice:
		return func(fr *machine.Frame) { *(*string)(dst.At(fr)) = string(*(*[]rune)(src.At(fr))) }
	case ft.Kind() == reflect.String && rt.Kind() == reflect.Slice && rt.Elem().Kind() == reflect.Uint8:
		return func(fr *machine.Frame) { *(*[]byte)(dst.At(fr)) = []byte(*(*string)(src.At(fr))) }
	case ft.Kind() == reflect.String && rt.Kind() == reflect.Slice:
		return func(fr *machine.Frame) { *(*[]rune)(dst.At(fr)) = []rune(*(*string)(src.At(fr))) }
	case rt.Kind() == reflect.String:
		return func(fr *machine.Frame) { value.Put(rt, dst.At(fr), value.At(ft, src.At(fr)).Convert(rt)) }
	}
	switch ft.Kind() {
	case reflect.Complex64:
		return func(fr *machine.Frame) { *(*complex128)(dst.At(fr)) = complex128(*(*complex64)(src.At(fr))) }
	case reflect.Complex128:
		return func(fr *machine.Frame) { *(*complex64)(dst.At(fr)) = complex64(*(*complex128)(src.At(fr))) }
	}
	if convert := numbersOf[ft.Kind()].convert; convert != nil {
		return convert(rt.Kind(), dst, src)
	}
	c.refuse(&unknown, fmt.Sprintf("converting %s to %s", from.Type(), to.Type()))
	return nil
}

func fromReal[F integer | float](to reflect.Kind, dst, src machine.Ref) machine.Op {
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

func realTo[F, T integer | float](dst, src machine.Ref) machine.Op {
	return func(fr *machine.Frame) { *(*T)(dst.At(fr)) = T(*(*F)(src.At(fr))) }
}
