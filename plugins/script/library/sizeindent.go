package library

import (
	"bytes"
	"encoding/json"
	"reflect"

	"wshd/plugins/script/memory"
)

// mostIndented is how deep encoders go.
const mostIndented = 10_000

// indented is the size of JSON that is indented: each line begins with as many as it is deep.
func indented(a []reflect.Value) (n, size uint64) {
	return indentedSize(a[1].Bytes(), a[2].Len(), a[3].Len()), 1
}

func indentedSize(src []byte, prefix, indent int) (size uint64) {
	size = uint64(len(src))
	depth, quoted := 0, false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case quoted:
			if c == '\\' {
				i++
			}
			quoted = c != '"'
			continue
		case c == '"':
			quoted = true
			continue
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		case c != ',':
			continue
		}
		size += uint64(1 + prefix + max(depth, 0)*indent)
	}
	return size
}

// marshalIndent is json.MarshalIndent.
func marshalIndent(v any, prefix, indent string) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if memory.TooMuch(indentedSize(plain, len(prefix), len(indent)), 1) {
		panic(OutOfMemory("encoding/json.MarshalIndent"))
	}
	var b bytes.Buffer
	if err := json.Indent(&b, plain, prefix, indent); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// xmlIndent wants the indentation to be one.
func xmlIndent(a []reflect.Value) (n, size uint64) {
	return uint64(a[1].Len()) + uint64(a[2].Len())*mostIndented, mostIndented
}
