package lower

import (
	"cmp"
	"fmt"
	"go/token"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/layout"
	"wshd/plugins/script/value"
)

// Rule is something that Go has and scripts do not: what is said of it where it stands, and in
// docs/dialect.md.
type Rule struct {
	Title   string
	Format  string // of the error's first part, with what is refused filled in
	Why     string // "": Format says it
	Instead string // what to write instead
	Imports []string
	Example string // declarations of a script, with a comment "// refused" behind what breaks the rule
}

// Rules are all there are. What a script may import is told in the script package.
func Rules() []*Rule {
	return []*Rule{&hostFunc, &hostVar, &sharedVar, &closedFunc, &noGeneric, &noWrapper, &noDecoding, &noTree, &tooLarge}
}

var hostFunc = Rule{
	Title:   "Functions that are the host's",
	Format:  "%s is not open to scripts: %s; %s",
	Imports: []string{"log"},
	Example: "func fail(err error) {\n\tlog.Fatal(err) // refused\n}",
}

var hostVar = Rule{
	Title:   "Variables that are the host's",
	Format:  "%s is not open to scripts: %s; %s",
	Imports: []string{"net/http"},
	Example: "func init() {\n\thttp.DefaultServeMux.Handle(\"/\", nil) // refused\n}",
}

var sharedVar = Rule{
	Title:   "Variables of Go's library, to be written",
	Format:  "%s can only be read in scripts",
	Why:     "the host and all other scripts have it too",
	Instead: "keep a variable of your own",
	Imports: []string{"io"},
	Example: "func init() {\n\tio.EOF = nil // refused\n}",
}

var closedFunc = Rule{
	Title:   "What opens files or connections, where os or net is not open",
	Format:  "%s is not open to scripts: it does what package %s is closed for; scripts.imports opens it with %s",
	Imports: []string{"text/template"},
	Example: "func page() (*template.Template, error) {\n\treturn template.ParseFiles(\"/etc/passwd\") // refused\n}",
}

var noGeneric = Rule{
	Title:   "Generic types of Go's library",
	Format:  "%s cannot be had in scripts",
	Why:     "it is compiled into the host for no type of a script",
	Instead: "declare your own",
	Imports: []string{"database/sql"},
	Example: "func empty() bool {\n\tvar name sql.Null[string] // refused\n\treturn name.Valid\n}",
}

var noWrapper = Rule{
	Title:   "Interfaces that only their own package can have methods for",
	Format:  "a type of a script cannot be a %s, which has the method %s",
	Why:     "only the interface's own package has what is in it",
	Instead: "pass on the value that you embed",
	Imports: []string{"text/template/parse"},
	Example: "type node struct{ parse.Node }\n\nvar root parse.Node = node{} // refused",
}

var noDecoding = Rule{
	Title:   "Decoding XML or gob into types that hold what decodes itself, and anything into an interface with methods",
	Format:  "decoding into %s cannot be had in scripts: %s",
	Why:     "",
	Instead: "decode into a type of plain fields, and convert",
	Imports: []string{"encoding/xml"},
	Example: "type level int\n\nfunc (l *level) UnmarshalText(text []byte) error { return nil }\n\ntype settings struct{ Level level }\n\n" +
		"func read(text []byte) error {\n\tvar s settings\n\treturn xml.Unmarshal(text, &s) // refused\n}",
}

var noTree = Rule{
	Title:   "The tree of a template",
	Format:  "the tree of a %s is not open to scripts",
	Why:     "it is not what the template was parsed from, so that templates find the methods of a script's types",
	Instead: "parse the text with text/template/parse",
	Imports: []string{"text/template"},
	Example: "func nodes(t *template.Template) int {\n\treturn len(t.Root.Nodes) // refused\n}",
}

var tooLarge = Rule{
	Title:   "Huge types",
	Format:  "the type %s takes more than 256 MiB",
	Why:     "its variables would take the memory of the whole host",
	Instead: "use a slice, and make it as long as needed",
	Example: "var table [1 << 40]byte\n\nfunc entry(i int) byte { return table[i] } // refused",
}

// unknown is what none of the others foresees.
var unknown = Rule{
	Format:  "%s cannot be had in scripts",
	Why:     "wshd does not know how to run it as Go would",
	Instead: "please report it",
}

// refusal is panicked with while compiling.
type refusal struct {
	pos token.Pos
	msg string
}

// refusal says that the rule is broken by something.
func (r *Rule) refusal(args ...any) refusal {
	msg := fmt.Sprintf(r.Format, args...)
	if r.Why != "" {
		msg += ": " + r.Why
	}
	if r.Instead != "" {
		msg += "; " + r.Instead
	}
	return refusal{msg: msg}
}

// notLaidOut is the refusal of a type.
func notLaidOut(e *layout.Error) refusal {
	name := value.ShortName(e.Type)
	switch e.Reason {
	case layout.Generic:
		return noGeneric.refusal("the type " + name)
	case layout.TooLarge:
		return tooLarge.refusal(name)
	case layout.Within:
		return unknown.refusal("the type " + name + ", which is within itself,")
	}
	return refusal{msg: string(e.Reason)} // the compiler's words
}

// refuse gives up what is being compiled.
func (c *compiler) refuse(r *Rule, args ...any) {
	no := r.refusal(args...)
	no.pos = c.at
	panic(no)
}

// noteRefusal keeps what a refusal said that has been recovered, with the first position that is known.
func (vm *Program) noteRefusal(r any, places ...token.Pos) {
	if r == nil {
		return
	}
	no, ok := r.(refusal)
	if e, unlaid := r.(*layout.Error); unlaid {
		no, ok = notLaidOut(e), true
	}
	if !ok {
		panic(r)
	}
	at := cmp.Or(no.pos, cmp.Or(places...), vm.start)
	vm.refused = append(vm.refused, Refusal{Pos: at, Msg: no.msg})
}

// near is a position near to an instruction that has none: of what it is made of or, in the
// initialisation of a package variable, of that.
func near(in ssa.Instruction) token.Pos {
	if in == nil {
		return token.NoPos
	}
	for _, operand := range in.Operands(nil) {
		if v := *operand; v != nil && v.Pos().IsValid() {
			return v.Pos()
		}
	}
	v, ok := in.(ssa.Value)
	if !ok || v.Referrers() == nil {
		return token.NoPos
	}
	for _, user := range *v.Referrers() {
		if store, ok := user.(*ssa.Store); ok && store.Addr.Pos().IsValid() {
			return store.Addr.Pos()
		}
		if user.Pos().IsValid() {
			return user.Pos()
		}
	}
	return token.NoPos
}
