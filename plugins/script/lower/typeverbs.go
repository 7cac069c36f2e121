package lower

import "strings"

// typeVerbs rewrites a format and its arguments so that %T names script types.
func typeVerbs(format string, args []any) (string, []any) {
	if !strings.Contains(format, "T") {
		return format, args
	}
	f := verbs{format: format, args: args}
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
}

// directive rewrites what begins with a %.
func (f *verbs) directive() (named, ok bool) {
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

// verb writes the verb, which %T of a script's type is not.
func (f *verbs) verb() (named, ok bool) {
	if !f.take() {
		return false, false
	}
	last := len(f.taken) - 1
	if t, _ := unboxed(f.taken[last]); t != nil && f.format[f.at] == 'T' {
		f.taken[last] = t.name()
		f.out.WriteByte('s')
		f.at++
		return true, true
	}
	f.out.WriteByte(f.format[f.at])
	f.at++
	return false, true
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
