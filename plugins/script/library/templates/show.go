package templates

import (
	"encoding/json"
	"fmt"
	"reflect"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/library/format"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// shownText is what text/template prints of a value; ok is false if it does not.
func (s *Set) shownText(v reflect.Value) (out reflect.Value, ok bool) {
	it := s.templated(v)
	if it.t == nil {
		return boxed.Apart(it.v, true, false), true
	}
	if it.v.Kind() == reflect.Pointer && it.in == "" {
		it, _ = s.indirect(it)
	}
	if it.t == nil {
		return boxed.Apart(it.v, true, false), true
	}
	if it.v.CanAddr() && !s.printsItself(it) {
		if p := s.address(it); s.printsItself(p) {
			it = p
		}
	}
	if k := it.v.Kind(); (k == reflect.Chan || k == reflect.Func) && !s.printsItself(it) {
		return it.v, false
	}
	return reflect.ValueOf(it.printable()), true
}

func (s *Set) printsItself(it templated) bool {
	return it.t.HasMethod("Error", boxed.StringFuncType) || it.t.HasMethod("String", boxed.StringFuncType)
}

// shownHTML is what html/template escapes of a value.
func (s *Set) shownHTML(v reflect.Value) (out reflect.Value, ok bool) {
	it := s.templated(v)
	if it.t == nil {
		return boxed.Apart(it.v, true, false), true
	}
	text, code := s.through(it, "Error", "String"), s.through(it, "MarshalJSON")
	if text.t == nil || code.t == nil { // a pointer of a script's to what is native
		return boxed.Apart(text.v, true, false), true
	}
	if code.t.HasMethod("String", boxed.StringFuncType) && !s.HasAny(code.t.Go, false, []string{"MarshalJSON"}) {
		return reflect.ValueOf(pageString{text.boxed(), code}), true
	}
	inside := text.printable()
	if t, _ := boxed.Of(inside); t == nil {
		return reflect.ValueOf(inside), true
	}
	return reflect.ValueOf(pageBox{text.boxed(), code}), true
}

// through follows pointers up to one of a type that has one of the methods, or to what is no pointer.
func (s *Set) through(it templated, methods ...string) templated {
	for it.v.Kind() == reflect.Pointer && !it.v.IsNil() && it.t != nil && !s.HasAny(it.t.Go, false, methods) {
		it = s.to(it)
	}
	return it
}

// escapable are arguments of a function that escapes.
func (s *Set) escapable(list []any) []any {
	out := make([]any, len(list))
	for i, a := range list {
		v, _ := s.shownText(reflect.ValueOf(a))
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
	s, _ := boxed.Value{Type: p.code.t, Bare: p.code.v.Interface()}.CallString("String")
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
func (s *Set) printed(v reflect.Value) reflect.Value {
	it := s.templated(v)
	if it.t == nil {
		return boxed.Apart(it.v, true, false)
	}
	return reflect.ValueOf(it.printable())
}

// printf is the function printf of templates.
func (s *Set) printf(_, text string, args ...reflect.Value) string {
	list := make([]any, len(args))
	for i, a := range args {
		list[i] = interfaceOf(s.printed(a))
	}
	text, list = format.Verbs(text, list, false)
	return fmt.Sprintf(text, list...)
}

// compared is an operand of eq and its like: structs and arrays are equal only if their types are.
func (s *Set) compared(v reflect.Value) reflect.Value {
	it := s.templated(v)
	if k := it.v.Kind(); it.t != nil && (k == reflect.Struct || k == reflect.Array) {
		return reflect.ValueOf(it.boxed())
	}
	boxed.CheckAcyclic(it.v, false, &value.Path{}) // it is printed if it cannot be compared
	return it.v
}
