package lower

import (
	"go/types"
	"maps"
	"reflect"
	"slices"

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
	starts func(g *G, args []reflect.Value) (after func(out []reflect.Value))

	// opens is the package that has to be opened to scripts before they may call the function, since it opens
	// files or connections as that package does.
	opens string

	// instead is called in the place of the function. It has the same type.
	instead any
}

// library has the facts of functions of Go's library by their names, as go/types tells them.
var library = func() map[string]fact {
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
	if g.instead != nil {
		f.instead = g.instead
	}
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
	f, kinds := library[objectName(o)], ""
	for _, k := range []struct {
		is   bool
		name string
	}{{f.asks != nil, "asks"}, {f.nests != nil, "nests"}, {f.starts != nil, "starts"}, {f.opens != "", "opens"}, {f.instead != nil, "instead"}} {
		if k.is {
			kinds += " " + k.name
		}
	}
	if _, ok := hostFuncs[objectName(o)]; ok {
		kinds += " host's"
	}
	if kinds == "" {
		return ""
	}
	return kinds[1:]
}

// Name is what the tables call a function, method or type.
func Name(o types.Object) string { return objectName(o) }

// Named are the names in the tables.
func Named() []string {
	names := slices.Collect(maps.Keys(library))
	for _, list := range []map[string][2]string{hostFuncs} {
		names = slices.AppendSeq(names, maps.Keys(list))
	}
	return names
}

// objectName is what the tables call a function, method or type.
func objectName(o types.Object) string {
	if t, ok := o.(*types.TypeName); ok && t.Pkg() != nil {
		return t.Pkg().Path() + "." + t.Name()
	}
	return funcName(o)
}

// before looks at a call that a script is about to make.
func (f fact) before(g *G, name string, args []reflect.Value) (after func(out []reflect.Value)) {
	if f.nests != nil {
		f.nests(args)
	}
	n, size := plainSize(args)
	if f.asks != nil {
		n, size = f.asks(args)
	}
	if tooMuch(n, size) {
		panic(outOfMemory(name))
	}
	if f.starts != nil {
		return f.starts(g, args)
	}
	return nil
}

func outOfMemory(name string) error {
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
