package lower

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// printOp compiles print and println, which write as the runtime does.
func (c *compiler) printOp(line bool, call *ssa.CallCommon, args []machine.Ref) machine.Op {
	rts := c.rtypes(call.Args)
	vm := c.Program
	return func(fr *machine.Frame) {
		var b strings.Builder
		for i, a := range args {
			if line && i > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(printed(value.At(rts[i], a.At(fr))))
		}
		if line {
			b.WriteByte('\n')
		}
		vm.report(b.String())
	}
}

func printed(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case v.Kind() == reflect.String:
		return v.String()
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case v.Kind() == reflect.Float32:
		return strconv.FormatFloat(v.Float(), 'g', -1, 32)
	case v.CanFloat():
		return runtimeFloat(v.Float())
	case v.CanComplex():
		im := runtimeFloat(imag(v.Complex()))
		if im[0] != '-' && im[0] != '+' {
			im = "+" + im
		}
		return "(" + runtimeFloat(real(v.Complex())) + im + "i)"
	case v.Kind() == reflect.Interface && v.IsNil():
		return "(0x0,0x0)"
	case v.Kind() == reflect.Interface:
		return "(" + pointerText(v.Elem()) + ")"
	case v.Kind() == reflect.Slice:
		return fmt.Sprintf("[%d/%d]%#x", v.Len(), v.Cap(), v.Pointer())
	}
	return fmt.Sprintf("%#x", v.Pointer())
}

func pointerText(v reflect.Value) string { return v.Type().String() }

// runtimeFloat formats f as print does.
func runtimeFloat(f float64) string {
	if math.IsInf(f, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func (vm *Program) report(text string) {
	if vm.out != nil {
		_, _ = vm.out.Write([]byte(text))
	}
}
