package library

import (
	"bytes"
	"io"
	"reflect"
	"strconv"
	"strings"

	"wshd/plugins/script/memory"
)

// bufferSizes are the facts of what fills buffers.
func bufferSizes() map[string]fact {
	return joined(
		counted(1, 1, "bufio.NewReaderSize", "bufio.NewWriterSize", "(*bytes.Buffer).Grow", "(*strings.Builder).Grow"),
		each(asks(func(a []reflect.Value) (uint64, uint64) { return Grown(a[0].Interface(), plainLen(a[1])), 1 }),
			"(*bytes.Buffer).Write", "(*bytes.Buffer).WriteString", "(*strings.Builder).Write", "(*strings.Builder).WriteString"),
		each(asks(func(a []reflect.Value) (uint64, uint64) { return Grown(a[0].Interface(), 1), 1 }),
			"(*bytes.Buffer).WriteByte", "(*bytes.Buffer).WriteRune", "(*strings.Builder).WriteByte", "(*strings.Builder).WriteRune"),
		each(asks(func(a []reflect.Value) (uint64, uint64) {
			return Grown(a[0].Interface(), plainLen(a[1])*mostPerByte), 1
		}), "io.WriteString"),
		each(asks(func(a []reflect.Value) (uint64, uint64) { return Grown(a[0].Interface(), 1<<10), 1 }), "fmt.Fprint", "fmt.Fprintln"),
		map[string]fact{"(*bytes.Buffer).String": asks(func(a []reflect.Value) (uint64, uint64) {
			b, _ := a[0].Interface().(*bytes.Buffer)
			if b == nil {
				return 0, 0
			}
			return uint64(b.Len()), 1
		})},
		map[string]fact{"io.ReadAll": {Instead: readAll}},
		reads(),
	)
}

func plainLen(v reflect.Value) int {
	if v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		return 0
	}
	return v.Len()
}

// Grown is how much a buffer asks for when more is written to it.
func Grown(w any, more int) uint64 {
	length, capacity := 0, 0
	switch b := w.(type) {
	case *bytes.Buffer:
		if b != nil {
			length, capacity = b.Len(), b.Cap()
		}
	case *strings.Builder:
		if b != nil {
			length, capacity = b.Len(), b.Cap()
		}
	}
	if length+more <= capacity {
		return 0
	}
	return 2*uint64(capacity) + uint64(more)
}

// readAll is io.ReadAll.
func readAll(r io.Reader) ([]byte, error) {
	b := make([]byte, 0, 512)
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			return b, err
		}
		if len(b) == cap(b) {
			if memory.TooMuch(uint64(cap(b)), 4) {
				panic(OutOfMemory("io.ReadAll"))
			}
			b = append(b, 0)[:len(b)]
		}
	}
}

// formatSizes are the facts of what is given a format: it may ask for much in few bytes.
func formatSizes() map[string]fact {
	at := func(i int, names ...string) map[string]fact {
		return each(asks(func(a []reflect.Value) (uint64, uint64) {
			list, _ := a[i+1].Interface().([]any)
			n := formatSize(a[i].String(), list)
			if i > 0 && a[0].Kind() == reflect.Interface {
				n += Grown(a[0].Interface(), int(min(n, memory.Much)))
			}
			return n, 1
		}), names...)
	}
	return joined(
		at(0, "fmt.Sprintf", "fmt.Printf", "fmt.Errorf", "log.Printf", "log.Panicf"),
		at(1, "fmt.Fprintf", "fmt.Appendf", "(*log.Logger).Printf", "(*log.Logger).Panicf", "(*net/textproto.Writer).PrintfLine", "(*net/textproto.Conn).Cmd"),
	)
}

// formatSize is an upper bound of what a format makes of its arguments, as far as they are texts.
func formatSize(format string, args []any) (size uint64) {
	const mostWidth = 1_000_000 // that fmt heeds
	longest := 0
	for _, a := range args {
		switch a := a.(type) {
		case string:
			longest = max(longest, len(a))
		case []byte:
			longest = max(longest, len(a))
		}
	}
	for rest := format; ; {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			return size + uint64(len(format))
		}
		rest = rest[i+1:]
		size += uint64(longest) * 4
		for width := 0; ; {
			n := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
			if n > 0 {
				width, _ = strconv.Atoi(rest[:min(n, 9)])
				size += uint64(min(width, mostWidth))
				rest = rest[n:]
			}
			if rest == "" || !strings.ContainsRune("+-# .*[]", rune(rest[0])) {
				break
			}
			if rest[0] == '*' {
				size += mostWidth
			}
			rest = rest[1:]
		}
	}
}
