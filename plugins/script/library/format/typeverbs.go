package format

import (
	"reflect"
	"strings"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/value"
)

// Verbs rewrites a format and its arguments so that %T, %p and %w show script types, which fmt asks for
// no method then. wraps: of %w the function itself knows what to do with errors.
func Verbs(format string, args []any, wraps bool) (string, []any) {
	if !strings.ContainsAny(format, "Tpw") {
		return format, args
	}
	f := verbs{format: format, args: args, wraps: wraps}
	found := false
	for f.at < len(format) {
		i := strings.IndexByte(format[f.at:], '%')
		if i < 0 {
			break
		}
		f.out.WriteString(format[f.at : f.at+i])
		f.at += i
		start, before, taken := f.at, f.out.String(), len(f.taken)
		named, ok := f.directive()
		if !ok { // which fmt has something to say about
			f.at, f.taken = start, f.taken[:taken]
			f.out.Reset()
			f.out.WriteString(before)
			break
		}
		found = found || named
	}
	if !found {
		return format, args
	}
	f.out.WriteString(format[f.at:])
	if !f.reordered {
		f.taken = append(f.taken, args[min(f.next, len(args)):]...)
	}
	return f.out.String(), f.taken
}

// verbs goes through a format, and writes it anew with arguments in the order of their use.
type verbs struct {
	format    string
	args      []any
	at, next  int
	out       strings.Builder
	taken     []any
	reordered bool
	wraps     bool
	begin     int // of the directive, in out
}

// directive rewrites what begins with a %.
func (f *verbs) directive() (named, ok bool) {
	f.begin = f.out.Len()
	f.out.WriteByte('%')
	for f.at++; f.at < len(f.format); f.at++ {
		switch c := f.format[f.at]; {
		case strings.IndexByte("+-# 0123456789.", c) >= 0:
			f.out.WriteByte(c)
		case c == '[':
			if !f.index() {
				return false, false
			}
		case c == '*':
			if !f.take() {
				return false, false
			}
			f.out.WriteByte(c)
		case c == '%':
			f.at++
			f.out.WriteByte(c)
			return false, true
		default:
			return f.verb()
		}
	}
	return false, false
}

// verb writes the verb, or what it is for a script's type.
func (f *verbs) verb() (changed, ok bool) {
	if !f.take() {
		return false, false
	}
	verb, last := f.format[f.at], len(f.taken)-1
	f.at++
	arg := f.taken[last]
	t, bare := boxed.Of(arg)
	_, isError := arg.(error)
	switch {
	case verb == 'T' && t != nil:
		f.taken[last] = t.Name()
		f.out.WriteByte('s')
		return true, true
	case verb == 'T' && value.OwnError(arg) != "":
		f.taken[last] = value.OwnError(arg)
		f.out.WriteByte('s')
		return true, true
	case verb == 'p' && t != nil && hasAddress(bare):
		f.taken[last] = bare
		f.out.WriteByte(verb)
		return true, true
	case t != nil && (verb == 'p' || verb == 'w' && !(f.wraps && isError)) && !strings.Contains(f.out.String()[f.begin:], "*"):
		text := f.out.String()
		f.out.Reset()
		f.out.WriteString(text[:f.begin] + "%s")
		f.taken[last] = unfit(boxed.Value{Type: t, Bare: bare}, text[f.begin:], verb)
		return true, true
	}
	f.out.WriteByte(verb)
	return false, true
}

// hasAddress reports whether %p prints v.
func hasAddress(v any) bool {
	switch reflect.TypeOf(v).Kind() {
	case reflect.Chan, reflect.Func, reflect.Map, reflect.Pointer, reflect.Slice, reflect.UnsafePointer:
		return true
	}
	return false
}

// unfit is what fmt says of a value with a verb that is not for it, after those flags.
func unfit(b boxed.Value, flags string, verb byte) string {
	p := reflect.New(b.Type.Laid)
	p.Elem().Set(reflect.ValueOf(b.Bare))
	var text strings.Builder
	f := printer{types: b.Type.In, w: &text, verb: 'v', format: flags + "v", plus: strings.Contains(flags, "+"), sharp: strings.Contains(flags, "#")}
	f.value(b.Type.Go, p.UnsafePointer(), 0, true)
	return "%!" + string(rune(verb)) + "(" + b.Type.Name() + "=" + text.String() + ")"
}

// index reads the [n] of an argument.
func (f *verbs) index() bool {
	n, i := 0, f.at+1
	for ; i < len(f.format) && f.format[i] >= '0' && f.format[i] <= '9' && n < 1000; i++ {
		n = n*10 + int(f.format[i]-'0')
	}
	if i >= len(f.format) || f.format[i] != ']' || n < 1 || n > len(f.args) {
		return false
	}
	f.at, f.next, f.reordered = i, n-1, true
	return true
}

func (f *verbs) take() bool {
	if f.next >= len(f.args) {
		return false
	}
	f.taken = append(f.taken, f.args[f.next])
	f.next++
	return true
}
