package lower

import (
	"fmt"
	"go/constant"
	"go/types"
	"reflect"
	"strconv"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// typeName spells the type under which the interpreter holds values of type t.
func (c *compiler) typeName(t types.Type) string { return c.opaqueName(opaque(c.rtype(t))) }

func (c *compiler) opaqueName(rt reflect.Type) string {
	switch rt {
	case reflect.TypeFor[P]():
		return "rt.P"
	case reflect.TypeFor[S]():
		return "rt.S"
	case reflect.TypeFor[I]():
		return "rt.I"
	}
	if rt.Kind() != reflect.Struct {
		return rt.String()
	}
	name, ok := c.typeNames[rt]
	if !ok {
		name = fmt.Sprintf("T%d", len(c.typeNames))
		c.typeNames[rt] = name
		c.symbols[name] = reflect.Zero(reflect.PointerTo(rt))
	}
	return "rt." + name
}

// name is the variable that holds v, or the constant or symbol that is v.
func (c *compiler) name(v ssa.Value) string {
	if n, ok := c.names[v]; ok {
		return n
	}
	n := ""
	switch v := v.(type) {
	case *ssa.Const:
		n = c.literal(v)
	case *ssa.Global, *ssa.Function:
		n = c.symbol(c.fixed(v), opaque(c.rtype(v.Type())))
	case *ssa.Builtin:
		c.refuse("%s cannot be had in scripts", v)
	default:
		n = c.variable(v.Type())
	}
	c.names[v] = n
	return n
}

func (c *compiler) variable(t types.Type) string {
	n := fmt.Sprintf("t%d", c.temps)
	c.temps++
	typ := c.opaqueName(opaqueTuple(c.rtype(t), t))
	if r, ok := t.Underlying().(*types.Basic); ok && r.Kind() == types.Invalid {
		typ = "rt.P"
	}
	c.decls[n] = len(c.vars)
	c.vars = append(c.vars, "var "+n+" "+typ+"\n")
	return n
}

// opaqueTuple keeps the fields of a tuple visible.
func opaqueTuple(rt reflect.Type, t types.Type) reflect.Type {
	if tuple, ok := t.(*types.Tuple); ok {
		fields := make([]reflect.StructField, tuple.Len())
		for i := range fields {
			fields[i] = reflect.StructField{Name: fmt.Sprint("F", i), Type: opaque(rt.Field(i).Type)}
		}
		return reflect.StructOf(fields)
	}
	return opaque(rt)
}

// literal spells a constant, or names a symbol that holds it.
func (c *compiler) literal(v *ssa.Const) string {
	rt := c.rtype(v.Type())
	switch k := rt.Kind(); {
	case v.Value == nil:
	case k == reflect.Bool:
		return v.Value.String()
	case k >= reflect.Int && k <= reflect.Uintptr:
		if n, ok := constant.Int64Val(constant.ToInt(v.Value)); ok && n > -1<<50 && n < 1<<50 {
			return fmt.Sprintf("%s(%d)", k, n)
		}
	}
	return c.symbol(c.fixed(v), opaque(rt))
}

func (c *compiler) symbol(at unsafe.Pointer, rt reflect.Type) string {
	name := "C" + strconv.Itoa(len(c.symbols))
	c.symbols[name] = reflect.NewAt(rt, at).Elem()
	return "rt." + name
}

// fixed is where something lies that is the same in every call.
func (c *compiler) fixed(v ssa.Value) unsafe.Pointer {
	switch v := v.(type) {
	case *ssa.Const:
		cell := reflect.New(c.rtype(v.Type()))
		if v.Value != nil {
			setConstant(cell.Elem(), v.Value)
		}
		return cell.UnsafePointer()
	case *ssa.Global:
		return c.global(v).abs
	case *ssa.Function:
		return c.funcValue(v).abs
	}
	return nil
}

// ref is where a native piece finds v.
func (c *compiler) ref(v ssa.Value) ref {
	if at := c.fixed(v); at != nil {
		return ref{abs: at}
	}
	return c.place(c.name(v), v)
}

// hidden is where a native piece finds a variable that is no value of the script's.
func (c *compiler) hidden(name string) ref { return c.place(name, nil) }

func (c *compiler) place(name string, v ssa.Value) ref {
	if name == "of" && !c.code.takesOf || name == "fr" && !c.code.defers {
		c.refuse("recover and defer in the body of a loop over a function cannot be had in scripts: put the body into a function")
	}
	p := c.places[name]
	if p == nil {
		p = &place{arg: len(c.order), v: v}
		c.places[name] = p
		c.order = append(c.order, name)
	}
	return ref{in: p}
}

// tupleOffset is where a part of a tuple lies in it.
func (c *compiler) tupleOffset(t *types.Tuple, i int) uintptr { return c.rtype(t).Field(i).Offset }

// component names the variable that holds a part of a tuple.
func (c *compiler) component(e *ssa.Extract) string {
	return c.name(e.Tuple) + ".F" + strconv.Itoa(e.Index)
}

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
