// Package lower turns a type-checked script, by way of go/ssa, into native pieces, on memory of Go's own, so
// that values pass to and from the host's packages as they are, and into plain Go that yaegi runs rightly:
// what calls them where a script waits.
//
// In the order in which a script goes through them: program.go makes go/ssa of the script and compiles
// what is mentioned; flow.go says which functions are the interpreter's; emit.go, block.go and node.go
// compile a function, block by block, to pieces; of the interpreter's, region.go puts together what one
// native call does, and emit.go writes the rest; load.go has that evaluated; hooks.go is what the host
// calls. Package machine has a call as it runs, and rest.go where it may wait. refuse.go says what cannot be had.
//
// The pieces: ops.go, access.go, arith.go, quickarith.go, fuse.go, convert.go, equal.go, slices.go, maps.go,
// quickmap.go, chans.go, quickchan.go and builtin.go for the language, call.go, closure.go, defer.go, iface.go and assert.go
// for its calls and interfaces; native.go, nativecall.go with its steps.go, outward.go, keepapart.go, request.go and locks.go
// for functions of the host, and intrinsic.go, frequent.go, quicknative.go, sorting.go, replace.go, generic.go, atomic.go,
// decoding.go and errbox.go for those that are not called as they are. queue.go has methods compiled that native code may
// call. Packages boxed, layout and value have what a script's values are in memory, package library and those below it
// what is known of functions of the host, and what these see of such values; shared.go and refusetree.go refuse what is not
// a script's.
//
// README.md shows what becomes of a script, and why.
package lower

import (
	"go/ast"
	"go/token"
	"go/types"
	"io"
	"log"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/library"
	"wshd/plugins/script/library/encoding"
	"wshd/plugins/script/library/format"
	"wshd/plugins/script/library/templates"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/std"
)

// Source is a package that is run from its source.
type Source struct {
	Pkg   *types.Package
	Files []*ast.File
	Info  *types.Info
}

// Program is one script, compiled. Its functions may be called by many goroutines.
type Program struct {
	*machine.Machine
	*boxed.Types
	coder     *encoding.Coder
	templates *templates.Set
	out       io.Writer
	methods   sync.Map // methodKey → *nativeCall

	inits     []*machine.Code          // of the packages run from source, each after what it imports
	functions map[string]*machine.Code // of the main package

	logOnce, slogOnce sync.Once
	log               *log.Logger
	slog              *slog.Logger

	compiling // empty when the program has been loaded
}

// compiling is what is needed of a program while it is compiled.
type compiling struct {
	prog    *ssa.Program
	main    *ssa.Package
	order   []*ssa.Package // those run from source, each after what it imports
	sources []Source
	started started

	codes   map[*ssa.Function]*machine.Code
	queue   []*ssa.Function // mentioned, not yet compiled
	globals map[*ssa.Global]machine.Ref
	bound   []binding              // methods that have code
	boxed   map[*boxed.Type]bool   // types whose methods have been queued
	natives []func(*machine.Frame) // that the interpreter calls
	refused []Refusal

	lastPos     token.Pos                   // the last position that an instruction had
	start, here token.Pos                   // of the script, and the last that an instruction had while compiling
	mentions    map[*ssa.Function]token.Pos // where each was first mentioned
}

// binding is a method of a type.
type binding struct {
	of     types.Type
	method *types.Func
	code   *machine.Code
}

// Refusal is something that cannot be run as Go would.
type Refusal struct {
	Pos    token.Pos
	Msg    string
	Closed bool // Limits.Opened closes it, so that compiling the script would not help
}

// Compile lowers the last of sources, with those before it being what it imports, and has the result
// evaluated. Nothing of the script runs yet.
func Compile(fset *token.FileSet, sources []Source, evaluate Interpreter, out io.Writer, limits machine.Limits) (*Program, []Refusal) {
	if limits.Depth == 0 {
		limits.Depth = 100_000
	}
	if limits.CPU == 0 {
		limits.CPU = 10 * time.Second
	}
	vm := &Program{Machine: machine.New(fset, limits), out: out, compiling: compiling{
		prog:    ssa.NewProgram(fset, ssa.InstantiateGenerics|ssa.BuildSerially|ssa.BareInits),
		codes:   map[*ssa.Function]*machine.Code{},
		globals: map[*ssa.Global]machine.Ref{},
		boxed:   map[*boxed.Type]bool{},
		sources: sources,
		started: started{},

		mentions: map[*ssa.Function]token.Pos{},
	}}
	vm.Types = boxed.New(vm.Machine, map[*types.Package]bool{}, new(typeutil.MethodSetCache))
	vm.coder = encoding.New(vm.Types)
	vm.coder.NoDecoding = func(name, why string) string { return noDecoding.refusal(name, why).msg }
	vm.Format = format.Box
	vm.templates = &templates.Set{Types: vm.Types}
	for _, s := range sources {
		vm.Own[s.Pkg] = true
		rewrite(s)
		vm.started.note(s)
	}
	vm.build()
	for _, s := range sources {
		vm.refuseShared(s)
	}
	vm.compileAll()
	if len(vm.refused) == 0 {
		if err := vm.load(evaluate); err != nil {
			vm.refused = append(vm.refused, Refusal{Msg: err.Error()})
		}
	}
	return vm, vm.refused
}

// build makes go/ssa of the sources.
func (vm *Program) build() {
	seen := map[*types.Package]bool{}
	for _, s := range vm.sources {
		for _, p := range s.Pkg.Imports() {
			if !seen[p] && !vm.Own[p] {
				vm.prog.CreatePackage(p, nil, nil, true)
			}
			seen[p] = true
		}
		vm.main = vm.prog.CreatePackage(s.Pkg, s.Files, s.Info, true)
		vm.templates.Main = s.Pkg
		vm.order = append(vm.order, vm.main)
	}
	for _, p := range vm.order {
		p.Build()
	}
}

// compileAll compiles what the main package declares and all that this mentions.
func (vm *Program) compileAll() {
	for _, name := range slices.Sorted(maps.Keys(vm.main.Members)) {
		switch m := vm.main.Members[name].(type) {
		case *ssa.Function:
			if m.TypeParams().Len() == 0 {
				vm.code(m)
			}
		case *ssa.Type:
			if named, ok := m.Type().(*types.Named); ok && named.TypeParams().Len() == 0 && !types.IsInterface(named) {
				vm.queueMethods(named)
				vm.queueMethods(types.NewPointer(named))
			}
		}
	}
	for _, p := range vm.order {
		vm.code(p.Func("init"))
	}
	vm.drain()
}

// drain compiles what is in the queue, and what that queues.
func (vm *Program) drain() {
	for len(vm.queue) > 0 {
		fn := vm.queue[len(vm.queue)-1]
		vm.queue = vm.queue[:len(vm.queue)-1]
		vm.compile(fn)
	}
}

func (vm *Program) queueMethods(t types.Type) {
	set := vm.Sets.MethodSet(t)
	for i := range set.Len() {
		m := set.At(i).Obj()
		if !m.Exported() && !vm.Own[m.Pkg()] {
			continue // promoted from a type of the host's: only its own package can call it
		}
		if fn := vm.prog.MethodValue(set.At(i)); fn != nil {
			vm.code(fn)
		}
	}
}

// code returns the code of fn, which is compiled later if it is not yet.
func (vm *Program) code(fn *ssa.Function) *machine.Code {
	if c := vm.codes[fn]; c != nil {
		return c
	}
	c := &machine.Code{Name: vm.funcName(fn), Machine: vm.Machine, Number: len(vm.codes)}
	vm.codes[fn] = c
	vm.mentions[fn] = vm.here
	if m, ok := fn.Object().(*types.Func); ok && fn.Signature.Recv() != nil {
		vm.bound = append(vm.bound, binding{fn.Signature.Recv().Type(), m, c})
	}
	refused := len(vm.refused)
	if vm.describe(c, fn); len(vm.refused) == refused {
		vm.queue = append(vm.queue, fn)
	}
	return c
}

func (vm *Program) funcName(fn *ssa.Function) string { return fn.RelString(vm.main.Pkg) }

// global is where a package variable lies.
func (vm *Program) global(g *ssa.Global) machine.Ref {
	if r, ok := vm.globals[g]; ok {
		return r
	}
	elem := g.Type().Underlying().(*types.Pointer).Elem()
	var cell reflect.Value // holds the variable's address
	if vm.Own[g.Pkg.Pkg] {
		cell = reflect.New(vm.Laid(elem))
	} else {
		name := g.Pkg.Pkg.Path() + "." + g.Name()
		if no, ok := library.HostVars[name]; ok {
			panic(hostVar.refusal(name, no[0], no[1]))
		}
		v, ok := std.Symbols(g.Pkg.Pkg.Path())[g.Name()]
		if !ok {
			panic(unknown.refusal(g.Pkg.Pkg.Name() + "." + g.Name()))
		}
		cell = v.Addr()
	}
	holder := reflect.New(cell.Type())
	holder.Elem().Set(cell)
	r := machine.Ref{Abs: holder.UnsafePointer()}
	vm.globals[g] = r
	return r
}
