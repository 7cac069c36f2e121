package library

import (
	"io"
	"reflect"
	"strings"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/memory"
	"wshd/plugins/script/value"
)

// reads are the facts of what reads on and on, perhaps without end: from what its argument is, or from what it makes
// of that later.
func reads() map[string]fact {
	return joined(
		reading(1, throughout, "(*bytes.Buffer).ReadFrom", "(*bufio.Writer).ReadFrom", "io.Copy", "io.CopyBuffer", "io.CopyN"),
		reading(0, unpacking, "bufio.NewReader", "bufio.NewReaderSize", "bufio.NewScanner", "encoding/json.NewDecoder", "encoding/xml.NewDecoder",
			"encoding/gob.NewDecoder", "encoding/csv.NewReader"),
	)
}

// reading has the reader that is the i-th argument watched; watch returns nil for one that needs not be.
func reading(i int, watch func(g *machine.G, r io.Reader) io.Reader, names ...string) map[string]fact {
	return each(fact{starts: func(g *machine.G, a []reflect.Value) (after func([]reflect.Value)) {
		if r, ok := a[i].Interface().(io.Reader); ok {
			if w := watch(g, r); w != nil {
				a[i] = reflect.ValueOf(&w).Elem()
			}
		}
		return nil
	}}, names...)
}

// unpacking watches what may make more of what it reads: of a message of little size it may be endless.
func unpacking(g *machine.G, r io.Reader) io.Reader {
	rt := reflect.TypeOf(r)
	if rt.Kind() != reflect.Pointer || !strings.HasPrefix(rt.Elem().PkgPath(), "compress/") {
		return nil
	}
	return &watched{r: r, over: g.Over}
}

// throughout watches all that is read during the call. What writes itself is not asked to be read.
func throughout(g *machine.G, r io.Reader) io.Reader {
	if _, ok := r.(io.WriterTo); ok {
		return nil
	}
	return &paced{watched{r: r, over: g.Over}, g}
}

// watched ends what reads from it when the memory is full, and with the program.
type watched struct {
	r    io.Reader
	over func() (why string)
	read int
}

// Read implements io.Reader.
func (w *watched) Read(p []byte) (n int, err error) {
	if why := w.over(); why != "" {
		panic(value.PlainError(why))
	}
	n, err = w.r.Read(p)
	if w.read += n; w.read >= memory.Much/4 {
		w.read = 0
		if memory.TooMuch(memory.Much, 1) {
			panic(value.RuntimeError("out of memory: what is read does not end"))
		}
	}
	return n, err
}

// paced is one that the goroutine reads which has it watched: it is a loop like others.
type paced struct {
	watched
	g *machine.G
}

// Read implements io.Reader.
func (c *paced) Read(p []byte) (n int, err error) {
	at := c.g.GoesRound()
	n, err = c.watched.Read(p)
	c.g.Returns(at)
	return n, err
}
