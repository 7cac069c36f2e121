package script

import "slices"

// A lowering is something that Go has, and what becomes of it.
type lowering struct {
	name  string // the example is testdata/lower/NAME.go
	title string
	why   string // what yaegi, as released, does with it
	how   string // what is done instead
	files []string
}

// A chapter is a step of a script's way.
type chapter struct {
	title string
	rows  []lowering
}

// chapters are all lowerings, in the order in which a script meets them.
var chapters = []chapter{
	{"The package", packageLowerings}, {"Values", valueLowerings}, {"Control flow", flowLowerings}, {"Calls", callLowerings},
	{"Goroutines and waiting", waitLowerings}, {"Methods and interfaces", methodLowerings}, {"Go's library", libraryLowerings},
}

func allLowerings() (list []lowering) {
	for _, c := range chapters {
		list = slices.Concat(list, c.rows)
	}
	return list
}

const aboutLowerings = `# What becomes of a script

Written from ` + "`../lowerings_test.go`" + ` and the examples in ` + "`../testdata/lower`" + ` by
` + "`go test ./plugins/script -run Lowering -update`" + `. The package comment in ` + "`program.go`" + ` names the files in their order.

go/ssa takes a checked script apart into functions of plain instructions: there are no methods, closures, generics,
range loops or switches left, but calls, variables, branches. What is shown on the right is made of that:

- A function that does not wait is native, and shown as comments: a line for each piece, with the file that has the
  piece behind the dot. Registers (` + "`t0`" + `), parameters and results lie in its frame, as Go lays them out in memory. A
  number, as in ` + "`// 2:`" + `, is a block; ` + "`if t0: goto 1`" + ` leads from one to another.
- Hooks, ` + "`init`" + `, what ` + "`go`" + ` starts, and what waits itself (for a message, on a channel, in ` + "`Sleep`" + ` or ` + "`Wait`" + `) are functions
  of the interpreter's, such as ` + "`F2`" + `. All that it runs is what stands here as code: loops that wait for
  the client, and the calls of functions of its own.
- ` + "`rt.N0(fr)`" + ` is one native call that it makes; what it does is told above it. By which exit it was left is told by ` + "`fr.Out`" + `,
  and where there are two by ` + "`fr.Aside`" + `, and the interpreter goes on from there. yaegi takes it for a conversion, which costs
  it an eighth of what a call of a function of the host does (package yaegi).
- ` + "`tick`" + ` counts: each thousandth looks how long the script has run, and whether it has been stopped.

The reasons tell what yaegi v0.16.1, which is the last release, does with a script by itself. Where it is right a
construct is lowered all the same: then it works on the same memory as the others, and what is done between two messages is one native call.
`

var packageLowerings = []lowering{
	{
		name: "package_variables", title: "Package variables and init",
		why:   "yaegi does not see which variables a function needs: var a = f() is run before those that f reads.",
		how:   "They are memory at a fixed address, and are initialised in Go's order by a function of their own, which the host calls once.",
		files: []string{"program.go", "hooks.go"},
	},
	{
		name: "constants", title: "Constants",
		why:   "yaegi is right.",
		how:   "The type checker has computed them: they are values at fixed addresses.",
		files: []string{"variables.go"},
	},
	{
		name: "generics", title: "Generic functions and types",
		why:   "yaegi refuses func(xs ...T), untyped arguments and two type parameters of which one must be inferred.",
		how:   "go/ssa writes each once for each list of types that it is used with.",
		files: []string{"program.go"},
	},
	{
		name: "types", title: "Named types, structs, fields",
		why:   "yaegi keeps each value behind a reflect.Value, and drops the names of types that are not structs.",
		how:   "A type is laid out as Go would, without its name, and its values are moved as memory. Its name goes along only where a value goes into an interface.",
		files: []string{"../layout/layout.go", "../boxed/types.go", "../value/typename.go", "../value/memory.go", "ops.go"},
	},
	{
		name: "recursive_types", title: "Types within themselves",
		why:   "reflect cannot make them; yaegi has a dummy in the place, which packages that look into values see.",
		how:   "A stand-in takes the place of the pointer, and is made what it stands for when all has been laid out.",
		files: []string{"../layout/knot.go"},
	},
	{
		name: "library_types", title: "Types of Go's library",
		why:   "What the type checker knows and what is compiled into the host must be one.",
		how:   "Types are found by name, or by walking through what both know side by side; their fields by their places.",
		files: []string{"../layout/host.go", "ops.go"},
	},
	{
		name: "array_loop", title: "Loops over the places of an array",
		why:   "yaegi looks at the array, and so does go/ssa: a pointer to it may be nil, and then Go does not mind.",
		how:   "The loop is rewritten to one over its length before go/ssa sees it.",
		files: []string{"rewrite.go"},
	},
}

var valueLowerings = []lowering{
	{
		name: "arithmetic", title: "Arithmetic",
		why:   "yaegi shifts by a negative count without a word.",
		how:   "A piece for each operator and type, which overflows, divides and shifts as Go does. A constant is in the piece. What is only compared to choose a way is compared there, and an address is found where something is loaded or stored.",
		files: []string{"arith.go", "quickarith.go", "fuse.go", "access.go"},
	},
	{
		name: "conversions", title: "Conversions",
		why:   "yaegi is right but for the name of the type, which it drops.",
		how:   "A piece for each pair of types.",
		files: []string{"convert.go"},
	},
	{
		name: "comparison", title: "Comparison",
		why:   "In yaegi 1 and T(1) are equal in interfaces, where T is an int.",
		how:   "What compares is put together from the static type. Interfaces compare types first, and panic as Go does where values cannot be compared.",
		files: []string{"arith.go", "equal.go"},
	},
	{
		name: "strings", title: "Strings",
		why:   "yaegi is right.",
		how:   "A range loop keeps its place in an iterator of its own, as one over a map does.",
		files: []string{"maps.go"},
	},
	{
		name: "slices", title: "Slices and indexes",
		why:   "Out of range, yaegi panics with what reflect says, which is no runtime.Error, and tells the function's first line.",
		how:   "Indexes are checked here, and the panic is the one that Go's runtime would have made.",
		files: []string{"slices.go"},
	},
	{
		name: "builtins", title: "Built-in functions",
		why:   "yaegi does not know min, max and clear.",
		how:   "A piece for each, of the type that it is called with.",
		files: []string{"builtin.go"},
	},
	{
		name: "maps", title: "Maps",
		why:   "Two connections that write one map at once end the process, which no recover can stop.",
		how:   "Each access holds one of 256 locks, chosen by the map's address: the script is in error as before, and nobody else notices. Maps by strings and integers are reached as compiled code does, others by reflection.",
		files: []string{"maps.go", "quickmap.go"},
	},
	{
		name: "runtime_errors", title: "Nil pointers, nil maps, division by zero",
		why:   "yaegi panics with an error of reflect's where a pointer is nil.",
		how:   "Pieces check what they follow, or let Go do it, and panic with a runtime.Error of Go's wording. Each piece knows where it stands in the script, so that the panic does.",
		files: []string{"access.go", "../value/errors.go", "../machine/errors.go", "../machine/stack.go"},
	},
}

var flowLowerings = []lowering{
	{
		name: "regions", title: "Branches and switches",
		why:   "yaegi is right; but going from it to native code and back costs more than most of what is done there.",
		how:   "Blocks among which there is no loop are one region, and a region is one native call: here the whole function.",
		files: []string{"region.go", "emit.go", "block.go", "explain.go"},
	},
	{
		name: "loops", title: "Loops, and range over integers",
		why:   "yaegi panics while it loads a range over an integer, and ends loops only with all others of the interpreter.",
		how:   "A way back leaves the native call, so that the interpreter goes round. Each round is counted: what runs for too long without waiting is stopped, with its version of the script.",
		files: []string{"region.go", "../machine/stop.go"},
	},
	{
		name: "labels", title: "Labels, break, continue, goto",
		why:   "In yaegi a break in a select leaves the loop around it.",
		how:   "To go/ssa all of them are ways from block to block.",
		files: []string{"block.go"},
	},
	{
		name: "assignment", title: "Assigning many variables at once",
		why:   "yaegi is right.",
		how:   "What a block gets from the one before is set on the way, as if at once: by way of copies where one is needed for another.",
		files: []string{"block.go"},
	},
	{
		name: "loop_variables", title: "Variables of an iteration",
		why:   "yaegi has the loop variables of the Go before 1.22: the functions here would both return 2.",
		how:   "go/ssa makes a variable that is kept anew in each iteration, on the heap.",
		files: []string{"ops.go", "closure.go"},
	},
	{
		name: "range_func", title: "Range over functions",
		why:   "yaegi panics while it loads one.",
		how:   "go/ssa makes a function of the body, and a variable that tells how the loop is left. What Go's runtime says of iterators that break the rules is said here.",
		files: []string{"rangefunc.go"},
	},
}

var callLowerings = []lowering{
	{
		name: "calls", title: "Calls",
		why:   "yaegi does not bound how deep calls are nested: a Go stack of 1 GB ends the process.",
		how:   "A native call makes the callee's frame, with its arguments, and counts how deep it is; the interpreter calls; the next native call fetches the results.",
		files: []string{"call.go", "../machine/frame.go"},
	},
	{
		name: "call_order", title: "The order of functions",
		why:   "For each call that a panic passes yaegi looks through all that it was given at the same time.",
		how:   "Functions are given to it one by one, those that are called first; together are those only that call each other.",
		files: []string{"order.go", "load.go"},
	},
	{
		name: "closures", title: "Closures and what they capture",
		why:   "yaegi keeps a function literal in a slot of the frame that makes it, and resets that when it has run: another goroutine may find nothing there.",
		how:   "A variable that is captured is made on the heap. A closure is a Go function, so that host and script call it alike; the script finds its code behind it and calls that.",
		files: []string{"closure.go", "call.go"},
	},
	{
		name: "function_values", title: "Functions as values",
		why:   "yaegi makes the type of a function when it is first used as a value: two calls at once race.",
		how:   "Each is made a Go function when the script is loaded. If it panics where native code has called it and nobody recovers, as on a timer's goroutine, the panic is reported and the host goes on.",
		files: []string{"native.go", "closure.go", "../machine/callback.go"},
	},
	{
		name: "defer", title: "Defer",
		why:   "yaegi evaluates arguments and receivers late: this would print 3 three times.",
		how:   "The arguments are put aside at the statement, in a frame of their own. A function that defers is called natively, and its deferred calls are run by what calls it.",
		files: []string{"defer.go"},
	},
	{
		name: "recover", title: "Recover",
		why:   "In yaegi a panic of a deferred call is not recovered by another, and what is recovered may be an error of its own.",
		how:   "A deferred call is told on whose behalf it runs, and recovers that call's panic. Named results are read again afterwards.",
		files: []string{"builtin.go", "defer.go"},
	},
	{
		name: "panic", title: "Panic",
		why:   "yaegi prints a line for each call that is left, and tells only where functions begin.",
		how:   "What is thrown knows where each call was, and goes through calls of native code and back.",
		files: []string{"rangefunc.go", "../machine/errors.go", "stack.go"},
	},
}
