// Package library has what must be known of Go's library when scripts call it: one row for a function, which
// says whether it waits, how much memory it asks for, how deep it goes into what it is given, what it starts, what
// it opens, how it is shown a script's values, why it is refused, and what is called in its place.
//
// facts.go has the row and the table; sizetext.go, sizenumber.go, sizebuffer.go, sizeindent.go and sizeimage.go
// are about memory, nesting.go, nesttemplate.go, nesthandler.go, layers.go and acyclic.go about stacks,
// reading.go about what is read on and on, starting.go about goroutines, opening.go about files and connections, waits.go about time, shows.go about values,
// refused.go about what is the host's alone. names.go has what functions are called.
package library

import (
	"go/types"
	"maps"
	"reflect"
	"slices"

	"wshd/plugins/script/library/encoding"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/memory"
	"wshd/plugins/script/value"
)

// fact is what must be known of a function of Go's library before a script calls it: what of it would end the
// process, or use it up, past every recover. The zero fact says that nothing would.
type fact struct {
	// asks is how much memory the function asks for at once: so many pieces of a size. It counts what the
	// arguments say, and what they have been filled with.
	asks func(args []reflect.Value) (n, size uint64)

	// nests panics for what the function would go into without end, or so deep that its stack overflows.
	nests func(args []reflect.Value)

	// starts accounts for what goes on when the function has returned: goroutines, timers, contexts. What it
	// returns, if anything, is called with the results.
	starts func(g *machine.G, args []reflect.Value) (after func(out []reflect.Value))

	// later says that the last argument is called on a goroutine of the library's own: it must not be nil.
	later bool

	// opens is the package that has to be opened to scripts before they may call the function, since it opens
	// files or connections as that package does.
	opens string

	// instead is called in the place of the function. It has the same type.
	Instead any
}

// table has the facts of functions of Go's library by their names, as go/types tells them.
var table = func() map[string]fact {
	all := map[string]fact{}
	for _, rows := range []map[string]fact{sizes(), pictures(), nesting(), starting(), opening()} {
		for name, row := range rows {
			all[name] = all[name].and(row)
		}
	}
	return all
}()

// and is both.
func (f fact) and(g fact) fact {
	if g.asks != nil {
		f.asks = g.asks
	}
	if g.nests != nil {
		f.nests = g.nests
	}
	if g.starts != nil {
		f.starts = g.starts
	}
	if g.opens != "" {
		f.opens = g.opens
	}
	if g.Instead != nil {
		f.Instead = g.Instead
	}
	f.later = f.later || g.later
	return f
}

// each gives all of names the same facts.
func each(f fact, names ...string) map[string]fact {
	rows := map[string]fact{}
	for _, name := range names {
		rows[name] = f
	}
	return rows
}

func joined(tables ...map[string]fact) map[string]fact {
	all := map[string]fact{}
	for _, t := range tables {
		maps.Copy(all, t)
	}
	return all
}

// Kinds says in short what is known of a function, or of a type that is used in its place: "" if it is
// called as it is.
func Kinds(o types.Object) string {
	f, kinds := table[ObjectName(o)], ""
	for _, k := range []struct {
		is   bool
		name string
	}{{f.asks != nil, "asks"}, {f.nests != nil, "nests"}, {f.starts != nil, "starts"}, {f.opens != "", "opens"}, {f.Instead != nil, "instead"}, {f.later, "later"}} {
		if k.is {
			kinds += " " + k.name
		}
	}
	if _, ok := HostFuncs[ObjectName(o)]; ok {
		kinds += " host's"
	}
	if kinds == "" {
		return ""
	}
	return kinds[1:]
}

// Name is what the tables call a function, method or type.
func Name(o types.Object) string { return ObjectName(o) }

// Named are the names in the tables.
func Named() []string {
	names := slices.Collect(maps.Keys(table))
	for _, list := range []map[string][2]string{HostFuncs} {
		names = slices.AppendSeq(names, maps.Keys(list))
	}
	return names
}

// ObjectName is what the tables call a function, method or type.
func ObjectName(o types.Object) string {
	if t, ok := o.(*types.TypeName); ok && t.Pkg() != nil {
		return t.Pkg().Path() + "." + t.Name()
	}
	return FuncName(o)
}

// Before looks at a call that a script is about to make.
func (f fact) Before(g *machine.G, name string, args []reflect.Value) (after func(out []reflect.Value)) {
	if f.later && args[len(args)-1].IsNil() {
		panic(value.ErrNil)
	}
	if f.nests != nil {
		f.nests(args)
	}
	n, size := plainSize(args)
	if f.asks != nil {
		n, size = f.asks(args)
	}
	if memory.TooMuch(n, size) {
		panic(OutOfMemory(name))
	}
	if f.starts != nil {
		return f.starts(g, args)
	}
	return nil
}

// OutOfMemory is the error of a function that asks for too much.
func OutOfMemory(name string) error {
	return value.RuntimeError("out of memory: " + name + " asks for more than there is")
}

// mostPerByte is how many bytes functions of which nothing else is known make of one that they are given:
// strconv.Quote and html.EscapeString need not many less.
const mostPerByte = 8

// plainSize is what such functions ask for.
func plainSize(args []reflect.Value) (n, size uint64) {
	for _, a := range args {
		if k := a.Kind(); k == reflect.String || k == reflect.Slice && a.Type().Elem().Kind() == reflect.Uint8 {
			n += uint64(a.Len())
		}
	}
	return n, mostPerByte
}

// Minds reports whether there is anything to be done before a call.
func (r Row) Minds() bool {
	return r.Around || r.later || r.asks != nil || r.nests != nil || r.starts != nil || r.Instead != nil
}

// Row is all that must be known of a function or method of Go's library when a script calls it.
type Row struct {
	fact
	Name    string // with its package; "": it has none
	Shows   View
	Format  int // the argument that is a format; -1: none
	Waits   machine.Wait
	Decoder encoding.Decoder
	Around  bool // it is given what may be around others of its kind
}

// Of is the row of a function of type fn; a method's takes the receiver first.
func Of(obj types.Object, fn reflect.Type) Row {
	r := Row{Format: formatArg(obj), Waits: waitOf(obj)}
	if obj == nil || obj.Pkg() == nil {
		return r
	}
	r.Name, r.Shows = FuncName(obj), viewOf(obj.Pkg().Path(), obj.Name())
	r.fact, r.Around = table[r.Name], takesLayers(fn)
	if r.Shows == Decode {
		r.Decoder = encoding.DecoderOf(obj.Pkg().Path())
	}
	return r
}

// Opens is the package that must be open to scripts which mention a function or type; "": none.
func Opens(name string) string { return table[name].opens }

// Asks tells how much memory a function asks for at once; nil: no more than any other.
func Asks(name string) func(args []reflect.Value) (n, size uint64) { return table[name].asks }
