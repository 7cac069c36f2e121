package lower

import (
	"go/constant"
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
)

// ref is where a native piece finds v. A part of a value is found where the value is: both are made
// anew only together.
func (c *compiler) ref(v ssa.Value) machine.Ref {
	if r, ok := c.slots[v]; ok {
		return r
	}
	r := machine.Ref{Abs: c.fixed(v)}
	switch x := v.(type) {
	case *ssa.Extract:
		r = c.ref(x.Tuple).Part(c.tupleOffset(x.Tuple.Type().(*types.Tuple), x.Index))
	case *ssa.Field:
		r = c.ref(x.X).Part(c.Laid(x.X.Type()).Field(x.Field).Offset)
	case *ssa.Builtin:
		c.refuse(&unknown, v)
	default:
		if r.Abs == nil {
			r = machine.Ref{Off: c.code.Layout.Add(c.Laid(v.Type()))}
		}
	}
	c.slots[v] = r
	return r
}

// whole is the value in which ref finds v.
func whole(v ssa.Value) ssa.Value {
	switch x := v.(type) {
	case *ssa.Extract:
		return whole(x.Tuple)
	case *ssa.Field:
		return whole(x.X)
	}
	return v
}

// fixed is where something lies that is the same in every call.
func (c *compiler) fixed(v ssa.Value) unsafe.Pointer {
	switch v := v.(type) {
	case *ssa.Const:
		cell := reflect.New(c.Laid(v.Type()))
		if v.Value != nil {
			setConstant(cell.Elem(), v.Value)
		}
		return cell.UnsafePointer()
	case *ssa.Global:
		return c.global(v).Abs
	case *ssa.Function:
		return c.funcValue(v).Abs
	}
	return nil
}

// needHome wants the function to keep deferred calls of its own.
func (c *compiler) needHome() {
	if !c.code.Defers {
		c.refuse(&unknown, inLoop)
	}
}

// needOf wants the function to be told on whose behalf it runs.
func (c *compiler) needOf() {
	if !c.code.TakesOf {
		c.refuse(&unknown, inLoop)
	}
}

const inLoop = "recover or defer in the body of this loop over a function"

// tupleOffset is where a part of a tuple lies in it.
func (c *compiler) tupleOffset(t *types.Tuple, i int) uintptr { return c.Laid(t).Field(i).Offset }

func setConstant(cell reflect.Value, v constant.Value) {
	switch k := cell.Kind(); {
	case k == reflect.Bool:
		cell.SetBool(constant.BoolVal(v))
	case k == reflect.String:
		if v.Kind() == constant.Int { // string(65)
			n, _ := constant.Int64Val(v)
			cell.SetString(string(rune(n)))
			return
		}
		cell.SetString(constant.StringVal(v))
	case cell.CanInt():
		n, _ := constant.Int64Val(constant.ToInt(v))
		cell.SetInt(n)
	case cell.CanUint():
		n, _ := constant.Uint64Val(constant.ToInt(v))
		cell.SetUint(n)
	case k == reflect.Float32:
		f, _ := constant.Float32Val(v)
		cell.SetFloat(float64(f))
	case k == reflect.Float64:
		f, _ := constant.Float64Val(v)
		cell.SetFloat(f)
	case cell.CanComplex():
		re, _ := constant.Float64Val(constant.Real(v))
		im, _ := constant.Float64Val(constant.Imag(v))
		cell.SetComplex(complex(re, im))
	}
}
