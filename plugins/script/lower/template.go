package lower

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"reflect"
	"regexp"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Templates look into values by reflection, and would find no methods of a script's types. What they
// would show without saying so is refused: when loading if the type of the data tells, else by an error of
// Execute.

// printing are the methods that templates call without naming them.
var printing = map[string]bool{"String": true, "Error": true, "Format": true, "GoString": true, "MarshalJSON": true, "MarshalText": true}

// refuseTemplate refuses at load data whose methods a template would need.
func (c *compiler) refuseTemplate(v ssa.Value) {
	mi, ok := v.(*ssa.MakeInterface)
	if !ok {
		return
	}
	text, d := c.inTemplates(), c.typeOf(mi.X.Type())
	why := c.untemplatable(d.typ, text, nil)
	if why == "" && (d.scripted || holdsMaps(d.rt)) && namesTypes.MatchString(text) {
		why = "its printf does not know the names of a script's types"
	}
	if why != "" {
		c.refuse(&noTemplate, shortName(mi.X.Type()), why)
	}
}

var namesTypes = regexp.MustCompile(`\{\{[^}]*%(T|#v)`)

// inTemplates is all of the script's strings that look like templates.
func (vm *Program) inTemplates() string {
	var b strings.Builder
	for _, s := range vm.sources {
		for _, f := range s.Files {
			ast.Inspect(f, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.Contains(lit.Value, "{{") {
					b.WriteString(lit.Value)
				}
				return true
			})
		}
	}
	return b.String()
}

// untemplatable says which method of t, or of what a template may reach from it, would be missed; "" if
// none. Of methods that templates must name those count that are named in text.
func (vm *Program) untemplatable(t types.Type, text string, seen []types.Type) string {
	d := vm.typeOf(t)
	if !d.scripted || types.IsInterface(t) {
		return ""
	}
	for _, s := range seen {
		if types.Identical(s, t) {
			return ""
		}
	}
	seen = append(seen, t)
	if m := vm.missedMethod(d, text); m != "" {
		return fmt.Sprintf("%s has the method %s", shortName(t), m)
	}
	switch u := t.Underlying().(type) {
	case *types.Map:
		if why := vm.untemplatable(u.Key(), text, seen); why != "" {
			return why
		}
		return vm.untemplatable(u.Elem(), text, seen)
	case interface{ Elem() types.Type }:
		return vm.untemplatable(u.Elem(), text, seen)
	case *types.Signature:
		for v := range u.Results().Variables() {
			if why := vm.untemplatable(v.Type(), text, seen); why != "" {
				return why
			}
		}
	case *types.Struct:
		for f := range u.Fields() {
			if f.Exported() || f.Embedded() {
				if why := vm.untemplatable(f.Type(), text, seen); why != "" {
					return why
				}
			}
		}
	}
	return ""
}

func (vm *Program) missedMethod(d *Type, text string) string {
	vm.codesMu.Lock()
	defer vm.codesMu.Unlock()
	set := vm.prog.MethodSets.MethodSet(d.typ)
	if _, ok := d.typ.Underlying().(*types.Pointer); !ok {
		set = vm.prog.MethodSets.MethodSet(types.NewPointer(d.typ))
	}
	for m := range set.Methods() {
		name := m.Obj().Name()
		if !m.Obj().Exported() {
			continue
		}
		if printing[name] || d.rt.Kind() == reflect.Map || hidesField(d.rt, name) || regexp.MustCompile(`\.`+name+`\b`).MatchString(text) {
			return name
		}
	}
	return ""
}

// hidesField reports whether a template would find an embedded field in the place of a method.
func hidesField(rt reflect.Type, name string) bool {
	if rt.Kind() == reflect.Pointer {
		rt = rt.Elem()
	}
	if rt.Kind() != reflect.Struct {
		return false
	}
	_, ok := rt.FieldByName(name)
	return ok
}

// opener makes of what a template is given copies without boxes, and without maps that others may write.
type opener struct {
	vm   *Program
	done map[opened]reflect.Value
}

type opened struct {
	rt  reflect.Type
	at  uintptr
	len int
}

// openTemplate opens the arguments of a function of the template packages.
func (vm *Program) openTemplate(args []reflect.Value) (err error) {
	defer func() {
		if r := recover(); r != nil {
			no, ok := r.(refusal)
			if !ok {
				panic(r)
			}
			err = plainError(no.msg)
		}
	}()
	o := opener{vm: vm, done: map[opened]reflect.Value{}}
	for i := range args {
		args[i] = o.open(args[i])
	}
	return nil
}

func (o *opener) open(v reflect.Value) reflect.Value {
	if !v.IsValid() || !holdsMaps(v.Type()) {
		return v
	}
	key := opened{rt: v.Type()}
	switch v.Kind() {
	case reflect.Interface:
		return o.openInterface(v)
	case reflect.Map, reflect.Slice, reflect.Pointer:
		if v.IsNil() {
			return v
		}
		key.at = v.Pointer()
		if v.Kind() == reflect.Slice {
			key.len = v.Len()
		}
		if known, ok := o.done[key]; ok {
			return known
		}
	}
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Map:
		out = reflect.MakeMap(v.Type())
		o.done[key] = out
		for it := snapshot(v).MapRange(); it.Next(); {
			out.SetMapIndex(o.open(it.Key()), o.open(it.Value()))
		}
	case reflect.Pointer:
		out = reflect.New(v.Type().Elem())
		o.done[key] = out
		out.Elem().Set(o.open(v.Elem()))
	case reflect.Slice:
		out = reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		o.done[key] = out
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			out.Index(i).Set(o.open(v.Index(i)))
		}
	case reflect.Struct:
		out.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(o.open(v.Field(i)))
			}
		}
	}
	return out
}

// openInterface opens a box. One whose methods print it stays: it is as true as what is in it, and
// templates find no fields in it, which is an error of theirs.
func (o *opener) openInterface(v reflect.Value) reflect.Value {
	if v.IsNil() {
		return v
	}
	cell := reflect.New(v.Type()).Elem()
	t, bare := unboxed(v.Elem().Interface())
	if t == nil {
		cell.Set(o.openFunc(o.open(v.Elem())))
		return cell
	}
	why := o.vm.untemplatable(t.typ, "", nil)
	if why == "" && v.NumMethod() == 0 {
		cell.Set(o.openFunc(o.open(reflect.ValueOf(bare))))
		return cell
	}
	in := reflect.ValueOf(bare)
	if why == "" || in.Kind() == reflect.Struct || in.Kind() == reflect.Pointer && !in.IsNil() {
		return v
	}
	panic(noTemplate.refusal(shortName(t.typ), why))
}

// openFunc has a function open what it returns in interfaces.
func (o *opener) openFunc(f reflect.Value) reflect.Value {
	if f.Kind() != reflect.Func || f.IsNil() || f.Type().NumOut() == 0 || !holdsMaps(f.Type().Out(0)) {
		return f
	}
	vm := o.vm
	return reflect.MakeFunc(f.Type(), func(args []reflect.Value) []reflect.Value {
		out := callValues(f, args)
		if err := vm.openTemplate(out[:1]); err != nil {
			panic(err) // which the template makes an error
		}
		return out
	})
}

// explain says of an error of Execute why it is one here.
func explain(out []reflect.Value) {
	if len(out) != 1 || out[0].Type() != reflect.TypeFor[error]() || out[0].IsNil() {
		return
	}
	err := out[0].Interface().(error)
	text := err.Error()
	if strings.Contains(text, "can't evaluate field") && (strings.Contains(text, " lower.") || strings.Contains(text, "struct {")) {
		err = fmt.Errorf("%w: templates find no methods of a script's types, and of types that print themselves no fields", err)
		out[0] = reflect.ValueOf(&err).Elem()
	}
}
