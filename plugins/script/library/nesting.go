package library

import (
	"reflect"
	"regexp/syntax"
	"sync"

	"wshd/plugins/script/carry"
	"wshd/plugins/script/value"
)

// A stack that overflows ends the process. So what goes into its arguments is not called with those that are
// nested without end, or as deep as somebody likes.

// nesting are the facts of what goes into what it is given.
func nesting() map[string]fact {
	encodes := func(i, most int, cyclic bool) fact {
		return fact{nests: func(a []reflect.Value) { checkDepth(a[i], most, cyclic) }}
	}
	text := func(i int) fact {
		return fact{nests: func(a []reflect.Value) { checkTemplate(a[i].String()) }}
	}
	return joined(
		each(encodes(0, value.MostWithin, true), "encoding/json.Marshal", "encoding/json.MarshalIndent"),
		each(encodes(1, value.MostWithin, true), "(*encoding/json.Encoder).Encode"),
		each(encodes(0, mostIndented, false), "encoding/xml.Marshal", "encoding/xml.MarshalIndent"),
		each(encodes(1, mostIndented, false), "(*encoding/xml.Encoder).Encode", "(*encoding/xml.Encoder).EncodeElement"),
		each(encodes(1, value.MostWithin, false), "(*encoding/gob.Encoder).Encode"),
		each(text(1), "(*text/template.Template).Parse", "(*html/template.Template).Parse", "text/template/parse.Parse", "(*text/template/parse.Tree).Parse"),
		each(fact{starts: templateFiles}, "text/template.ParseFS", "html/template.ParseFS", "(*text/template.Template).ParseFS", "(*html/template.Template).ParseFS"),
		each(fact{nests: func(a []reflect.Value) { checkDepth(a[len(a)-1], mostNested, false) }}, "(*text/template.Template).AddParseTree", "(*html/template.Template).AddParseTree"),
		each(fact{nests: checkErrors}, "errors.Join"),
		each(fact{nests: func(a []reflect.Value) { expressionSize(a[0].Interface().(*syntax.Regexp), 0) }},
			"(*regexp/syntax.Regexp).Simplify", "(*regexp/syntax.Regexp).String", "(*regexp/syntax.Regexp).CapNames",
			"(*regexp/syntax.Regexp).MaxCap", "regexp/syntax.Compile"),
		each(fact{nests: func(a []reflect.Value) {
			expressionSize(a[0].Interface().(*syntax.Regexp), 0)
			expressionSize(a[1].Interface().(*syntax.Regexp), 0)
		}}, "(*regexp/syntax.Regexp).Equal"),
		guarding(0, "net/http.StripPrefix", "net/http.AllowQuerySemicolons", "net/http.MaxBytesHandler", "net/http.TimeoutHandler"),
		guarding(1, "(*net/http.CrossOriginProtection).Handler", "(*net/http.CrossOriginProtection).SetDenyHandler"),
		guarding(2, "(*net/http.ServeMux).Handle"),
		map[string]fact{"net/http.StripPrefix": guards(1), "(*net/http.ServeMux).Handler": {starts: unguarded}},
		parseTrees(),
	)
}

const (
	mostNested  = 10_000 // statements of a template, each within another
	mostRepeats = 1_000  // of a part of a regular expression
)

// checkDepth panics if what v holds is nested deeper than most; and if v holds itself, unless cyclic says
// that whoever goes into it will find out.
func checkDepth(v reflect.Value, most int, cyclic bool) {
	if v.Kind() == reflect.Interface {
		v = carry.Inside(v)
	}
	if v.IsValid() && isDeep(v.Type()) {
		d := depths{most: most, cyclic: cyclic}
		d.into(v)
	}
}

// depths goes into a value.
type depths struct {
	value.Path
	most   int
	cyclic bool
}

func (d *depths) into(v reflect.Value) {
	if !v.IsValid() || !isDeep(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		v = v.Elem()
		if v.CanInterface() {
			v = carry.Inside(v)
		}
		d.into(v)
		return
	case reflect.Pointer, reflect.Map, reflect.Slice:
		if v.IsNil() || v.Kind() == reflect.Slice && v.Len() == 0 {
			return
		}
		if again, _ := d.Enter(v); again && d.cyclic {
			return
		} else if again || len(d.List) > d.most {
			panic(value.ErrWithin)
		}
		defer d.Leave()
	}
	switch v.Kind() {
	case reflect.Pointer:
		d.into(v.Elem())
	case reflect.Map:
		for it := value.Snapshot(v).MapRange(); it.Next(); {
			d.into(it.Value())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			d.into(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				d.into(v.Field(i))
			}
		}
	}
}

// deepTypes are those that isDeep has looked at.
var deepTypes sync.Map // reflect.Type → bool

// isDeep reports whether values of a type may hold others of it, or of any type at all.
func isDeep(rt reflect.Type) bool {
	if value.Flat(rt) {
		return false
	}
	known, ok := deepTypes.Load(rt)
	if !ok {
		known = leadsBack(rt, nil)
		deepTypes.Store(rt, known)
	}
	return known.(bool)
}

// leadsBack reports whether a type leads to itself, to one that it is within, or to an interface.
func leadsBack(rt reflect.Type, within []reflect.Type) bool {
	for _, w := range within {
		if w == rt {
			return true
		}
	}
	within = append(within[:len(within):len(within)], rt)
	switch rt.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return leadsBack(rt.Elem(), within)
	case reflect.Struct:
		for i := range rt.NumField() {
			if f := rt.Field(i); f.IsExported() && leadsBack(f.Type, within) {
				return true
			}
		}
	}
	return false
}

// expressionSize panics for a regular expression, built by hand, that holds itself or grows without end.
func expressionSize(re *syntax.Regexp, depth int) (size int) {
	if re == nil {
		return 1
	}
	size = 1
	for _, sub := range re.Sub {
		if depth > mostRepeats {
			panic(value.ErrWithin)
		}
		size += expressionSize(sub, depth+1)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	if re.Min > mostRepeats || re.Max > mostRepeats || size > 1<<24 {
		panic(value.PlainError("a regular expression that repeats this often is not open to scripts"))
	}
	return size
}
