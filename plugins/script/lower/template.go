package lower

import (
	"errors"
	"go/types"
	htmltemplate "html/template"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"

	"wshd/plugins/script/value"
)

// Templates look into values by reflection, and would find neither the methods nor the names of a
// script's types. So what a script has parsed is rewritten (templatetree.go): fields and methods, indexes,
// ranges and what is shown go through functions of ours (templatefield.go, templatecall.go,
// templateshow.go), and between them values of a script's types go with their type (templatevalue.go).
// What templates do besides remains theirs: control, variables, constants, escaping.

// templateCall is what is done before and after a call of a function of the template packages.
type templateCall struct {
	before func(args []reflect.Value)
	after  func(args, out []reflect.Value)
}

func (vm *Program) templateCall(obj types.Object) *templateCall {
	if obj == nil || obj.Pkg() == nil || !isTemplates(obj.Pkg()) {
		return nil
	}
	c := &templateCall{func([]reflect.Value) {}, func(_, _ []reflect.Value) {}}
	switch obj.Name() {
	case "Parse", "AddParseTree", "Clone":
		c.after = func(_, out []reflect.Value) { vm.adopt(out[0]) }
		if obj.Name() == "AddParseTree" {
			c.before = func(args []reflect.Value) { args[2] = reflect.ValueOf(args[2].Interface().(*parse.Tree).Copy()) }
		}
	case "ParseFiles", "ParseGlob", "ParseFS":
		c.after = func(args, out []reflect.Value) {
			if !vm.adopt(out[0]) { // it may have parsed some
				vm.adopt(args[0])
			}
		}
	case "Funcs":
		c.before = func(args []reflect.Value) {
			keepBuiltin(args[0], args[1])
			args[1] = vm.templateFuncs(args[1])
		}
	case "Execute", "ExecuteTemplate":
		c.before = func(args []reflect.Value) {
			last := len(args) - 1
			args[last] = asAnyValue(vm.templated(args[last]).flow())
		}
		c.after = func(_, out []reflect.Value) { explain(out) }
	case "HTMLEscaper", "JSEscaper", "URLQueryEscaper":
		c.before = func(args []reflect.Value) { args[0] = reflect.ValueOf(vm.escapable(args[0].Interface().([]any))) }
	default:
		return nil
	}
	return c
}

// asAnyValue is v as one of type any.
func asAnyValue(v reflect.Value) reflect.Value {
	cell := reflect.New(reflect.TypeFor[any]()).Elem()
	if a := interfaceOf(v); a != nil {
		cell.Set(reflect.ValueOf(a))
	}
	return cell
}

var adopting sync.Mutex

// adopt rewrites what has been parsed for a template, if that is one, and for those that belong to it.
func (vm *Program) adopt(v reflect.Value) bool {
	adopting.Lock()
	defer adopting.Unlock()
	switch t := v.Interface().(type) {
	case *template.Template:
		if t == nil {
			return false
		}
		of := templateSet{reflect.ValueOf(t)}
		t.Funcs(vm.templateOwn(of, vm.shownText))
		for _, t := range t.Templates() {
			rewriteTree(t.Tree, of)
		}
		return true
	case *htmltemplate.Template:
		if t == nil {
			return false
		}
		of := templateSet{reflect.ValueOf(t).Elem().FieldByName("text")}
		t.Funcs(vm.templateOwn(of, vm.shownHTML))
		for _, t := range t.Templates() {
			rewriteTree(t.Tree, of)
		}
		return true
	}
	return false
}

// prefix begins the names of our functions.
const prefix = "_wshd_"

// templateSet is a text template with those that belong to it. What is asked of it only it knows.
type templateSet struct{ t reflect.Value }

// missingKey is what is done with keys that maps do not have.
func (s templateSet) missingKey() int64 {
	return s.t.Elem().FieldByName("common").Elem().FieldByName("option").FieldByName("missingKey").Int()
}

// replaces reports whether the set has a function of its own in the place of one of all templates.
func (s templateSet) replaces(name string) bool {
	return s.t.Elem().FieldByName("common").Elem().FieldByName("execFuncs").MapIndex(reflect.ValueOf(name)).IsValid()
}

// templateOwn are the functions that rewritten templates call.
func (vm *Program) templateOwn(of templateSet, show func(reflect.Value) (reflect.Value, bool)) template.FuncMap {
	funcs := map[string]any{
		"field": func(_, names string, in reflect.Value, args ...reflect.Value) (reflect.Value, error) {
			it, err := vm.templateFields(strings.Split(names, "."), vm.templated(in), args, of.missingKey)
			return it.flow(), err
		},
		"show": func(said, at string, v reflect.Value) (reflect.Value, error) {
			out, ok := show(v)
			if !ok {
				return v, &templateError{text: "can't print " + said + " of type " + vm.templated(v).typeName(), said: said, at: at}
			}
			return out, nil
		},
		"text":    func(v reflect.Value) reflect.Value { v, _ = vm.shownText(v); return v },
		"printed": vm.printed,
		"compare": vm.compared,
		"range0":  located(vm.rangedOne),
		"range1":  located(vm.rangedOne),
		"range2":  located(vm.rangedTwo),
		"given": func(said, at string, constant bool, v reflect.Value) reflect.Value {
			return reflect.ValueOf(given{said, at, constant, v})
		},
		"len":    vm.templateLen,
		"index":  vm.templateIndex,
		"slice":  vm.templateSlice,
		"call":   vm.templateCallValue,
		"printf": vm.templatePrintf,
	}
	named := template.FuncMap{}
	for name, f := range funcs {
		if one, ok := f.(func(reflect.Value) reflect.Value); ok { // before its argument stands what the template said
			f = func(args ...reflect.Value) reflect.Value { return one(args[len(args)-1]) }
		}
		named[prefix+name] = f
	}
	return named
}

// located is a function that is told what stands in the template, and where, for its errors.
func located(f func(reflect.Value) (reflect.Value, error)) any {
	return func(said, at string, v reflect.Value) (reflect.Value, error) {
		out, err := f(v)
		if wrong, ok := err.(*templateError); ok {
			wrong.said, wrong.at = said, at
		}
		return out, err
	}
}

// builtin are the functions of templates: those that ours replace, those whose arguments go through one of
// ours, and those that take anything.
var builtin = map[string]string{
	"call": "own", "index": "own", "slice": "own", "len": "own", "printf": "own",
	"html": "text", "js": "text", "urlquery": "text", "print": "printed", "println": "printed",
	"eq": "compare", "ne": "compare", "lt": "compare", "le": "compare", "gt": "compare", "ge": "compare",
	"and": "", "or": "", "not": "",
}

// keepBuiltin refuses to replace functions of all templates once some are rewritten.
func keepBuiltin(t, funcs reflect.Value) {
	parsed := t.MethodByName("DefinedTemplates").Call(nil)[0].String()
	for _, name := range value.Snapshot(funcs).MapKeys() {
		if _, ok := builtin[name.String()]; ok && parsed != "" {
			panic(value.PlainError("a script must give its templates a function " + name.String() + " of their own before it parses them"))
		}
	}
}

// templateFuncs are a script's functions for templates, as ours that call them.
func (vm *Program) templateFuncs(v reflect.Value) reflect.Value {
	out := reflect.MakeMap(v.Type())
	for name, f := range value.Snapshot(v).Seq2() {
		fn := vm.templated(f)
		if fn.v.Kind() == reflect.Interface {
			fn.v = fn.v.Elem()
		}
		if fn.v.Kind() != reflect.Func || goodFunc(name.String(), fn) != nil {
			out.SetMapIndex(name, asAnyValue(fn.v))
			continue
		}
		out.SetMapIndex(name, reflect.ValueOf(func(args ...reflect.Value) (reflect.Value, error) {
			it, err := vm.callTemplated(name.String(), fn, args)
			if wrong, ok := err.(*templateError); ok && wrong.said == "" {
				wrong.said = name.String()
			}
			return it.flow(), err
		}))
	}
	return out
}

// templateError is an error of one of our functions that a template would have found by itself.
type templateError struct {
	text     string
	cause    error
	said, at string // by and where in the template, if it is not the call
}

func (e *templateError) Error() string { return e.text }

func (e *templateError) Unwrap() error { return e.cause }

// explain has an error of Execute read as if there were no functions of ours.
func explain(out []reflect.Value) {
	exec, ok := out[0].Interface().(template.ExecError)
	if !ok {
		return
	}
	text, cause := exec.Error(), errors.Unwrap(exec.Err)
	if own, ok := cause.(*templateError); ok {
		head, tail, _ := strings.Cut(text, " at <")
		said, _, _ := strings.Cut(tail, ">: error calling ")
		if said = original(said); own.said != "" {
			said = own.said
		}
		if _, name, ok := strings.Cut(head, ": executing "); ok && own.at != "" {
			head = "template: " + own.at + ": executing " + name
		}
		text, cause = head+" at <"+said+">: "+own.text, own.cause
	} else if strings.Contains(text, prefix) {
		text = original(strings.Replace(text, "error calling "+prefix, "error calling ", 1))
	} else {
		return
	}
	err := error(template.ExecError{Name: exec.Name, Err: &templateError{text: text, cause: cause}})
	out[0] = reflect.ValueOf(&err).Elem()
}

// original puts what a template said in the place of what it was rewritten to.
func original(text string) string {
	for {
		before, after, ok := strings.Cut(text, prefix)
		if !ok {
			return text
		}
		end := endOfCommand(after)
		if piped, ok := strings.CutSuffix(before, " | "); ok {
			text = piped + after[end:]
			continue
		}
		_, rest, _ := strings.Cut(after[:end], " ")
		quoted, _ := strconv.QuotedPrefix(rest)
		said, _ := strconv.Unquote(quoted)
		after = after[end:]
		if open, ok := strings.CutSuffix(before, "("); ok {
			before, after = open, strings.TrimPrefix(after, ")")
		}
		text = before + said + after
	}
}

// endOfCommand is where the command that text begins with ends.
func endOfCommand(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"', '`':
			quoted, _ := strconv.QuotedPrefix(text[i:])
			i += max(len(quoted)-1, 0)
		case '(':
			depth++
		case ')', '|', '}', '>':
			if depth == 0 {
				return len(strings.TrimRight(text[:i], " "))
			}
			if c == ')' {
				depth--
			}
		}
	}
	return len(text)
}
