// Package templates has text/template and html/template find the methods and fields of a script's values.
//
// They look into values by reflection, and would find neither the methods nor the names of a script's types. So what a
// script has parsed is rewritten (tree.go): fields and methods (field.go), calls (call.go), indexes (index.go), ranges
// (range.go) and what is shown (show.go) go through functions of ours, and between them values of a script's types go
// with their type (value.go). error.go has errors read as if there were none of that. What templates do besides remains
// theirs: control, variables, constants, escaping.
package templates

import (
	"go/types"
	htmltemplate "html/template"
	"reflect"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/value"
)

// Set has the templates of one script.
type Set struct {
	*boxed.Types
	Main *types.Package // of the script
}

// A Call is what is done before and after a call of a function of the template packages.
type Call struct {
	Before func(args []reflect.Value)
	After  func(args, out []reflect.Value)
}

// Call is what is done for a function; nil: nothing.
func (s *Set) Call(obj types.Object) *Call {
	if obj == nil || obj.Pkg() == nil || !Is(obj.Pkg()) {
		return nil
	}
	c := &Call{func([]reflect.Value) {}, func(_, _ []reflect.Value) {}}
	switch obj.Name() {
	case "Parse", "AddParseTree", "Clone":
		c.After = func(_, out []reflect.Value) { s.adopt(out[0]) }
		if obj.Name() == "AddParseTree" {
			c.Before = func(args []reflect.Value) { args[2] = reflect.ValueOf(args[2].Interface().(*parse.Tree).Copy()) }
		}
	case "ParseFiles", "ParseGlob", "ParseFS":
		c.After = func(args, out []reflect.Value) {
			if !s.adopt(out[0]) { // it may have parsed some
				s.adopt(args[0])
			}
		}
	case "Funcs":
		c.Before = func(args []reflect.Value) {
			keepBuiltin(args[0], args[1])
			args[1] = s.funcs(args[1])
		}
	case "Execute", "ExecuteTemplate":
		c.Before = func(args []reflect.Value) {
			last := len(args) - 1
			args[last] = asAnyValue(s.templated(args[last]).flow())
		}
		c.After = func(_, out []reflect.Value) { explain(out) }
	case "HTMLEscaper", "JSEscaper", "URLQueryEscaper":
		c.Before = func(args []reflect.Value) { args[0] = reflect.ValueOf(s.escapable(args[0].Interface().([]any))) }
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
func (s *Set) adopt(v reflect.Value) bool {
	adopting.Lock()
	defer adopting.Unlock()
	switch t := v.Interface().(type) {
	case *template.Template:
		if t == nil {
			return false
		}
		of := templateSet{reflect.ValueOf(t)}
		t.Funcs(s.ownFuncs(of, s.shownText))
		for _, t := range t.Templates() {
			rewriteTree(t.Tree, of)
		}
		return true
	case *htmltemplate.Template:
		if t == nil {
			return false
		}
		of := templateSet{reflect.ValueOf(t).Elem().FieldByName("text")}
		t.Funcs(s.ownFuncs(of, s.shownHTML))
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

// ownFuncs are the functions that rewritten templates call.
func (s *Set) ownFuncs(of templateSet, show func(reflect.Value) (reflect.Value, bool)) template.FuncMap {
	funcs := map[string]any{
		"field": func(_, names string, in reflect.Value, args ...reflect.Value) (reflect.Value, error) {
			it, err := s.fieldsOf(strings.Split(names, "."), s.templated(in), args, of.missingKey)
			return it.flow(), err
		},
		"show": func(said, at string, v reflect.Value) (reflect.Value, error) {
			out, ok := show(v)
			if !ok {
				return v, &templateError{text: "can't print " + said + " of type " + s.templated(v).typeName(), said: said, at: at}
			}
			return out, nil
		},
		"text":    func(v reflect.Value) reflect.Value { v, _ = s.shownText(v); return v },
		"printed": s.printed,
		"compare": s.compared,
		"range0":  located(s.rangedOne),
		"range1":  located(s.rangedOne),
		"range2":  located(s.rangedTwo),
		"given": func(said, at string, constant bool, v reflect.Value) reflect.Value {
			return reflect.ValueOf(given{said, at, constant, v})
		},
		"len":    s.length,
		"index":  s.index,
		"slice":  s.slice,
		"call":   s.callValue,
		"printf": s.printf,
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

// funcs are a script's functions for templates, as ours that call them.
func (s *Set) funcs(v reflect.Value) reflect.Value {
	out := reflect.MakeMap(v.Type())
	for name, f := range value.Snapshot(v).Seq2() {
		fn := s.templated(f)
		if fn.v.Kind() == reflect.Interface {
			fn.v = fn.v.Elem()
		}
		if fn.v.Kind() != reflect.Func || goodFunc(name.String(), fn) != nil {
			out.SetMapIndex(name, asAnyValue(fn.v))
			continue
		}
		out.SetMapIndex(name, reflect.ValueOf(func(args ...reflect.Value) (reflect.Value, error) {
			it, err := s.callTemplated(name.String(), fn, args)
			if wrong, ok := err.(*templateError); ok && wrong.said == "" {
				wrong.said = name.String()
			}
			return it.flow(), err
		}))
	}
	return out
}
