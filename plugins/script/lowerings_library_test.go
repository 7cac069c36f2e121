package script

var waitLowerings = []lowering{
	{
		name: "goroutines", title: "Goroutines",
		why:   "A panic in a goroutine ends yaegi's host, and a function literal in a loop is lost.",
		how:   "The arguments are put aside at the statement; the goroutine is the host's, which reports the panic and goes on.",
		files: []string{"goroutine.go"},
	},
	{
		name: "channels", title: "Channels",
		why:   "yaegi cannot range over channels in slices and maps, and what waits for one can be stopped by nothing.",
		how:   "They are Go's channels. A wait ends when the script's version is stopped.",
		files: []string{"chans.go", "builtin.go", "../machine/stop.go"},
	},
	{
		name: "select", title: "Select",
		why:   "yaegi keeps a select's cases with the statement: with 20 connections in it at once, a value goes to the wrong one.",
		how:   "One native call makes the cases afresh, waits, and says which it was.",
		files: []string{"chans.go"},
	},
	{
		name: "waits", title: "Locks and sleeping",
		why:   "A lock that is never given back holds a script that should end; one that is not held ends the process when unlocked.",
		how:   "They wait for the end of the script's version too, and what would be fatal is a panic.",
		files: []string{"waits.go", "../library/waits.go", "locks.go"},
	},
	{
		name: "rests", title: "Waiting for a message",
		why:   "A call that waits in the interpreter keeps 4 KiB of stack for it, and most connections wait most of the time.",
		how:   "Where TransferData waits it returns 1, and begins again behind the wait, on whatever stack is free.",
		files: []string{"rest.go", "frequent.go"},
	},
}

var methodLowerings = []lowering{
	{
		name: "methods", title: "Methods, method values and expressions",
		why:   "yaegi takes a method value's receiver when that is called: ask(1) is 3, and would be 4.",
		how:   "A method is a function with its receiver before its parameters; a method value is a closure over the receiver.",
		files: []string{"program.go", "closure.go"},
	},
	{
		name: "embedding", title: "Promoted methods and fields",
		why:   "yaegi has no method expressions of promoted methods, and shows encoders no embedded structs.",
		how:   "go/ssa follows the path to fields, and writes a function for each promoted method.",
		files: []string{"program.go", "ops.go"},
	},
	{
		name: "interfaces", title: "Values in interfaces, and calls of their methods",
		why:   "yaegi drops the names of types that are not structs, and what is in its interfaces reaches native code as structs of its own.",
		how:   "reflect makes no types with methods: a value goes into a box with its type, and a call finds the method there. Boxes compare as what is in them.",
		files: []string{"iface.go", "../boxed/box.go"},
	},
	{
		name: "library_interfaces", title: "Interfaces of Go's library",
		why:   "yaegi has structs of functions that stand for them, of which it uses one even where a value is meant.",
		how:   "A box is of a type made at run time of those of its type's methods that the library may look for, whether the interface names them or not. Which these are is read from the library's source.",
		files: []string{"iface.go", "../boxed/box.go", "../carry/type.go"},
	},
	{
		name: "type_switch", title: "Type assertions and switches",
		why:   "In yaegi a T is an int as well where T is an int, and an error of the library may be none.",
		how:   "The types are compared that the boxes carry; a panic is worded as Go's.",
		files: []string{"assert.go"},
	},
	{
		name: "errors", title: "errors.Is and errors.As",
		why:   "yaegi panics in errors.As with a type of the script.",
		how:   "Both are done here, on boxes. A box of an error is an error, with the script's Unwrap, Is and As.",
		files: []string{"errbox.go", "intrinsic.go"},
	},
}

var libraryLowerings = []lowering{
	{
		name: "library_calls", title: "Calls of Go's library",
		why:   "yaegi does the same.",
		how:   "Those of strings and numbers as compiled code calls them; others by reflection, with the arguments where they lie. Before it, the script's time begins anew if the function may wait. What asks for more memory than there is panics instead.",
		files: []string{"native.go", "nativecall.go", "quicknative.go", "waits.go", "../library/facts.go", "../memory/memory.go"},
	},
	{
		name: "frequent_calls", title: "Calls for each message",
		why:   "Reflection costs more than what they do.",
		how:   "They are called as compiled code calls them.",
		files: []string{"frequent.go"},
	},
	{
		name: "output", title: "Printing and logging",
		why:   "In yaegi scripts write to the output of the process.",
		how:   "What does so is replaced by what writes to the script's own output.",
		files: []string{"replace.go", "print.go"},
	},
	{
		name: "fmt", title: "fmt",
		why:   "yaegi prints values that it has wrapped as such, and of what is inside of others it calls no methods.",
		how:   "A box prints itself, walking through the static type. %T is given the name.",
		files: []string{"native.go", "outward.go", "../library/format/format.go", "../library/format/formatmap.go", "../library/format/spaces.go", "../boxed/typefor.go"},
	},
	{
		name: "slog", title: "log/slog",
		why:   "yaegi logs what LogValue was to hide.",
		how:   "A box has those methods of its type that packages look for, LogValue too.",
		files: []string{"native.go", "outward.go", "../boxed/box.go"},
	},
	{
		name: "json_encode", title: "Encoding",
		why:   "yaegi flattens no embedded structs, and calls no MarshalJSON or MarshalText of a script.",
		how:   "The encoder is given a mirror: the same value, with boxes in the place of those parts that have methods.",
		files: []string{"native.go", "outward.go", "../library/encoding/mirror.go", "../library/encoding/mirrorkey.go", "../library/encoding/mirrorxml.go", "../library/encoding/jsonencode.go"},
	},
	{
		name: "json_decode", title: "Decoding",
		why:   "yaegi calls no UnmarshalJSON or UnmarshalText of a script.",
		how:   "encoding/json fills a target with slots for what decodes itself; afterwards the methods are called with what the slots have kept. Errors are worded as of the script's types.",
		files: []string{"native.go", "../library/encoding/decode.go", "../library/encoding/jsondecode.go", "../library/encoding/jsonfill.go", "../library/encoding/jsonerror.go"},
	},
	{
		name: "library_maps", title: "Maps in the library's hands",
		why:   "Native code that goes through a map while a script writes it ends the process.",
		how:   "It is given a copy, made under the lock that scripts hold. What holds itself, and would be gone through for ever, is a panic.",
		files: []string{"native.go", "keepapart.go", "../boxed/apart.go", "request.go", "../value/path.go"},
	},
	{
		name: "templates", title: "Templates",
		why:   "Templates look for methods and names, which reflect cannot give to a script's types.",
		how:   "What they have parsed is rewritten: fields, indexes, ranges and what is shown go through functions that know the types, and the values between them with their type.",
		files: []string{"native.go", "../library/templates/templates.go", "../library/templates/tree.go", "../library/templates/value.go", "../library/templates/field.go", "../library/templates/call.go", "../library/templates/range.go", "../library/templates/show.go"},
	},
	{
		name: "library_generics", title: "Generic functions of Go's library",
		why:   "yaegi has few of them.",
		how:   "slices, maps and cmp are compiled from their source, like the script's own; but sorting and searching of numbers and strings is done as compiled into the host, and what sorts by a function of the script's calls that as the script does. The others are made by reflection.",
		files: []string{"generic.go", "sorting.go"},
	},
	{
		name: "atomic", title: "atomic.Pointer and atomic.Value",
		why:   "yaegi has no atomic.Pointer.",
		how:   "Of a pointer it does not matter to what; in an atomic.Value boxes are compared by the types that they carry.",
		files: []string{"atomic.go"},
	},
}
