package library

import (
	"bytes"
	"reflect"
	"regexp"
	"strings"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/memory"
)

// sizes are the facts of what allocates by a number that it is given, or by a product of what it is given.
func sizes() map[string]fact {
	return joined(textSizes(), numberSizes(), bufferSizes(), formatSizes())
}

func asks(f func(a []reflect.Value) (n, size uint64)) fact { return fact{asks: f} }

// count is what an argument says, as a number that is not negative.
func count(a reflect.Value) uint64 {
	if a.CanUint() {
		return a.Uint()
	}
	return uint64(max(a.Int(), 0))
}

// counted are the functions that ask for so many pieces of a size as one argument says.
func counted(i int, size uint64, names ...string) map[string]fact {
	return each(asks(func(a []reflect.Value) (uint64, uint64) { return count(a[i]), size }), names...)
}

// textSizes are those of what makes texts of texts.
func textSizes() map[string]fact {
	const slice, text = 24, 16 // the sizes of a []byte and a string
	all := joined(
		each(asks(func(a []reflect.Value) (uint64, uint64) { return count(a[1]), uint64(a[0].Len()) }), "strings.Repeat", "bytes.Repeat"),
		each(asks(replaced), "strings.Replace", "strings.ReplaceAll", "bytes.Replace", "bytes.ReplaceAll"),
		each(asks(joinedSize), "strings.Join", "bytes.Join"),
		each(asks(func(a []reflect.Value) (uint64, uint64) { return uint64(a[0].Len()), 1 + uint64(a[1].Len()) }), "strings.ToValidUTF8", "bytes.ToValidUTF8"),
		each(asks(expanded), "(*regexp.Regexp).ReplaceAllString", "(*regexp.Regexp).ReplaceAllLiteralString", "(*regexp.Regexp).ReplaceAll", "(*regexp.Regexp).ReplaceAllLiteral"),
		map[string]fact{
			"(*strings.Replacer).Replace": {asks: replacerSize},
			"index/suffixarray.New":       asks(func(a []reflect.Value) (uint64, uint64) { return uint64(a[0].Len()), 16 }),
			"encoding/json.Indent":        {asks: indented},
			"encoding/json.MarshalIndent": {Instead: marshalIndent},
			"(*encoding/json.Encoder).SetIndent": {asks: func(a []reflect.Value) (uint64, uint64) {
				return uint64(a[1].Len()) + uint64(a[2].Len())*mostIndented, mostIndented
			}},
			"encoding/xml.MarshalIndent":     {asks: xmlIndent},
			"(*encoding/xml.Encoder).Indent": {asks: xmlIndent},
		},
		each(fact{starts: replacedByFunc}, "(*regexp.Regexp).ReplaceAllStringFunc", "(*regexp.Regexp).ReplaceAllFunc"),
	)
	pieces := func(f func(a []reflect.Value) uint64, size uint64, names ...string) {
		for _, name := range names {
			all[name] = asks(func(a []reflect.Value) (uint64, uint64) { return f(a), size })
		}
	}
	pieces(splitCount, text, "strings.Split", "strings.SplitAfter", "strings.SplitN", "strings.SplitAfterN")
	pieces(splitCount, slice, "bytes.Split", "bytes.SplitAfter", "bytes.SplitN", "bytes.SplitAfterN")
	half := func(a []reflect.Value) uint64 { return uint64(a[0].Len()+1) / 2 }
	pieces(half, text, "strings.Fields", "strings.FieldsFunc")
	pieces(half, slice, "bytes.Fields", "bytes.FieldsFunc")
	pieces(func(a []reflect.Value) uint64 { return found(a[1].Len(), a[2]) }, 64,
		"(*regexp.Regexp).FindAll", "(*regexp.Regexp).FindAllIndex", "(*regexp.Regexp).FindAllString", "(*regexp.Regexp).FindAllStringIndex",
		"(*regexp.Regexp).FindAllStringSubmatch", "(*regexp.Regexp).FindAllStringSubmatchIndex", "(*regexp.Regexp).FindAllSubmatch",
		"(*regexp.Regexp).FindAllSubmatchIndex", "(*regexp.Regexp).Split")
	return all
}

// found is how many matches there may be in a text of a length; n is how many are wanted, all if negative.
func found(length int, n reflect.Value) uint64 {
	if n.Int() >= 0 && n.Int() < int64(length) {
		return uint64(n.Int())
	}
	return uint64(length) + 1
}

// times is how often sep is in s.
func times(s, sep reflect.Value) int {
	if s.Kind() == reflect.String {
		return strings.Count(s.String(), sep.String())
	}
	return bytes.Count(s.Bytes(), sep.Bytes())
}

func splitCount(a []reflect.Value) uint64 {
	n := uint64(times(a[0], a[1])) + 1
	if len(a) > 2 && a[2].Int() >= 0 {
		n = min(n, uint64(a[2].Int()))
	}
	return n
}

func replaced(a []reflect.Value) (n, size uint64) {
	longer := a[2].Len() - a[1].Len()
	if longer <= 0 {
		return uint64(a[0].Len()), 1
	}
	n = uint64(times(a[0], a[1]))
	if len(a) > 3 && a[3].Int() >= 0 {
		n = min(n, uint64(a[3].Int()))
	}
	return n + 1, uint64(longer) + uint64(a[0].Len())/(n+1) + 1
}

func joinedSize(a []reflect.Value) (n, size uint64) {
	n = uint64(a[0].Len()) * uint64(a[1].Len())
	for i := range a[0].Len() {
		n += uint64(a[0].Index(i).Len())
	}
	return n, 1
}

// expanded is the size of what a regular expression makes of a text.
func expanded(a []reflect.Value) (n, size uint64) {
	src, repl := uint64(a[1].Len()), uint64(a[2].Len())
	if (src+1)*(repl+1) < memory.Much {
		return 0, 0
	}
	re, _ := a[0].Interface().(*regexp.Regexp)
	if re == nil {
		return 0, 0
	}
	matches, marks := 0, 0
	if a[1].Kind() == reflect.String {
		matches, marks = len(re.FindAllStringIndex(a[1].String(), -1)), strings.Count(a[2].String(), "$")
	} else {
		matches, marks = len(re.FindAllIndex(a[1].Bytes(), -1)), bytes.Count(a[2].Bytes(), []byte("$"))
	}
	return uint64(matches)*repl + (uint64(marks)+1)*src, 1
}

// replacedByFunc counts what the function returns that such an expression calls for each match.
func replacedByFunc(_ *machine.G, a []reflect.Value) (after func([]reflect.Value)) {
	f, total := apartFromFrame(a[2]), uint64(0)
	if f.IsNil() {
		return nil
	}
	a[2] = reflect.MakeFunc(f.Type(), func(in []reflect.Value) []reflect.Value {
		out := f.Call(in)
		if total += uint64(out[0].Len()); memory.TooMuch(total, 2) {
			panic(OutOfMemory("a replacement"))
		}
		return out
	})
	return nil
}

// replacerSize is what a Replacer makes of a text.
func replacerSize(a []reflect.Value) (n, size uint64) {
	r, _ := a[0].Interface().(*strings.Replacer)
	if r == nil {
		return 0, 0
	}
	var w counter
	_, _ = r.WriteString(&w, a[1].String()) // it never fails
	return uint64(w), 1
}

// counter counts what is written.
type counter uint64

// Write implements io.Writer. It never fails.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// WriteString implements io.StringWriter. It never fails.
func (c *counter) WriteString(s string) (int, error) {
	*c += counter(len(s))
	return len(s), nil
}
