package lower

import (
	"encoding/json"
	"fmt"
	"reflect"

	"wshd/plugins/script/library"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// shownText is what text/template prints of a value; ok is false if it does not.
func (vm *Program) shownText(v reflect.Value) (out reflect.Value, ok bool) {
	it := vm.templated(v)
	if it.t == nil {
		return apart(it.v, true, false), true
	}
	if it.v.Kind() == reflect.Pointer && it.in == "" {
		it, _ = vm.indirect(it)
	}
	if it.t == nil {
		return apart(it.v, true, false), true
	}
	if it.v.CanAddr() && !vm.printsItself(it) {
		if p := vm.address(it); vm.printsItself(p) {
			it = p
		}
	}
	if k := it.v.Kind(); (k == reflect.Chan || k == reflect.Func) && !vm.printsItself(it) {
		return it.v, false
	}
	return reflect.ValueOf(it.printable()), true
}

func (vm *Program) printsItself(it templated) bool {
	return it.t.hasMethod("Error", stringFuncType) || it.t.hasMethod("String", stringFuncType)
}

// shownHTML is what html/template escapes of a value.
func (vm *Program) shownHTML(v reflect.Value) (out reflect.Value, ok bool) {
	it := vm.templated(v)
	if it.t == nil {
		return apart(it.v, true, false), true
	}
	text, code := vm.through(it, "Error", "String"), vm.through(it, "MarshalJSON")
	if text.t == nil || code.t == nil { // a pointer of a script's to what is native
		return apart(text.v, true, false), true
	}
	if code.t.hasMethod("String", stringFuncType) && !vm.hasAny(code.t.typ, false, []string{"MarshalJSON"}) {
		return reflect.ValueOf(pageString{text.boxed(), code}), true
	}
	inside := text.printable()
	if t, _ := unboxed(inside); t == nil {
		return reflect.ValueOf(inside), true
	}
	return reflect.ValueOf(pageBox{text.boxed(), code}), true
}

// through follows pointers up to one of a type that has one of the methods, or to what is no pointer.
func (vm *Program) through(it templated, methods ...string) templated {
	for it.v.Kind() == reflect.Pointer && !it.v.IsNil() && it.t != nil && !vm.hasAny(it.t.typ, false, methods) {
		it = vm.to(it)
	}
	return it
}

// escapable are arguments of a function that escapes.
func (vm *Program) escapable(list []any) []any {
	out := make([]any, len(list))
	for i, a := range list {
		v, _ := vm.shownText(reflect.ValueOf(a))
		out[i] = interfaceOf(v)
	}
	return out
}

// pageBox is a value in a page, which is another one to the page's scripts: html/template finds methods
// of pointers for either apart.
type pageBox struct {
	text any
	code templated
}

// Format prints the value.
func (p pageBox) Format(s fmt.State, verb rune) { fmt.Fprintf(s, fmt.FormatString(s, verb), p.text) }

// MarshalJSON is what scripts of the page see.
func (p pageBox) MarshalJSON() ([]byte, error) {
	defer plainPanic()
	return json.Marshal(p.code.boxed())
}

// pageString is one that is a string to the page's scripts.
type pageString struct {
	text any
	code templated
}

// Format prints the value.
func (p pageString) Format(s fmt.State, verb rune) { pageBox(p).Format(s, verb) }

// String is what scripts of the page see.
func (p pageString) String() string {
	defer plainPanic()
	s, _ := box{p.code.t, p.code.v.Interface()}.callString("String")
	return s
}

// plainPanic has a panic of a script go on as that of a compiled program.
func plainPanic() {
	r := recover()
	if p, ok := r.(*machine.Panic); ok && !p.Fatal {
		r = p.Value
	}
	if r != nil {
		panic(r)
	}
}

// Format prints the value, for what no function of ours has shown.
func (h held) Format(s fmt.State, verb rune) {
	fmt.Fprintf(s, fmt.FormatString(s, verb), h[:1][0].boxed())
}

// printed is an argument of print.
func (vm *Program) printed(v reflect.Value) reflect.Value {
	it := vm.templated(v)
	if it.t == nil {
		return apart(it.v, true, false)
	}
	return reflect.ValueOf(it.printable())
}

// templatePrintf is the function printf of templates.
func (vm *Program) templatePrintf(_, format string, args ...reflect.Value) string {
	list := make([]any, len(args))
	for i, a := range args {
		list[i] = interfaceOf(vm.printed(a))
	}
	format, list = typeVerbs(format, list, false)
	return fmt.Sprintf(format, list...)
}

// compared is an operand of eq and its like: structs and arrays are equal only if their types are.
func (vm *Program) compared(v reflect.Value) reflect.Value {
	it := vm.templated(v)
	if k := it.v.Kind(); it.t != nil && (k == reflect.Struct || k == reflect.Array) {
		return reflect.ValueOf(it.boxed())
	}
	library.CheckAcyclic(it.v, false, &value.Path{}) // it is printed if it cannot be compared
	return it.v
}
