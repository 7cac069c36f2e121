package value

import (
	"fmt"
	"go/types"
	"strings"
)

// TypeText spells a type as %T and the runtime's messages do.
func TypeText(t types.Type) string {
	var b nameWriter
	writeType(&b, t)
	return b.String()
}

// ShortName spells a type as scripts write it.
func ShortName(t types.Type) string { return types.TypeString(t, (*types.Package).Name) }

// nameWriter writes the name of a type.
type nameWriter struct {
	strings.Builder
	args int // how many lists of type arguments it is in: there packages have their whole path
}

func writeType(b *nameWriter, t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		b.WriteString(types.Typ[t.Kind()].String()) // uint8, not byte
	case *types.Named:
		if pkg := t.Obj().Pkg(); pkg != nil && b.args > 0 {
			b.WriteString(pkg.Path() + ".")
		} else if pkg != nil {
			b.WriteString(pkg.Name() + ".")
		}
		b.WriteString(t.Obj().Name())
		for i := range t.TypeArgs().Len() {
			b.WriteString([]string{"[", ","}[min(i, 1)])
			b.args++
			writeType(b, t.TypeArgs().At(i))
			b.args--
		}
		if t.TypeArgs().Len() > 0 {
			b.WriteString("]")
		}
	case *types.Pointer:
		writeTypes(b, "*", t.Elem())
	case *types.Slice:
		writeTypes(b, "[]", t.Elem())
	case *types.Array:
		writeTypes(b, fmt.Sprintf("[%d]", t.Len()), t.Elem())
	case *types.Map:
		writeTypes(b, "map[", t.Key())
		writeTypes(b, "]", t.Elem())
	case *types.Chan:
		writeChan(b, t)
	case *types.Signature:
		b.WriteString("func")
		writeSignature(b, t)
	case *types.Struct:
		writeStruct(b, t)
	case *types.Interface:
		writeInterface(b, t)
	default:
		b.WriteString(t.String())
	}
}

func writeTypes(b *nameWriter, before string, t types.Type) {
	b.WriteString(before)
	writeType(b, t)
}

func writeChan(b *nameWriter, t *types.Chan) {
	switch t.Dir() {
	case types.SendOnly:
		writeTypes(b, "chan<- ", t.Elem())
	case types.RecvOnly:
		writeTypes(b, "<-chan ", t.Elem())
	default:
		if in, ok := types.Unalias(t.Elem()).(*types.Chan); ok && in.Dir() == types.RecvOnly {
			writeTypes(b, "chan (", t.Elem())
			b.WriteString(")")
			return
		}
		writeTypes(b, "chan ", t.Elem())
	}
}

func writeSignature(b *nameWriter, t *types.Signature) {
	b.WriteString("(")
	for i := range t.Params().Len() {
		p := t.Params().At(i).Type()
		if i > 0 {
			b.WriteString(", ")
		}
		if last, ok := p.Underlying().(*types.Slice); ok && t.Variadic() && i == t.Params().Len()-1 {
			b.WriteString("...")
			p = last.Elem()
		}
		writeType(b, p)
	}
	b.WriteString(")")
	switch n := t.Results().Len(); n {
	case 0:
	case 1:
		writeTypes(b, " ", t.Results().At(0).Type())
	default:
		for i := range n {
			writeTypes(b, []string{" (", ", "}[min(i, 1)], t.Results().At(i).Type())
		}
		b.WriteString(")")
	}
}

func writeStruct(b *nameWriter, t *types.Struct) {
	b.WriteString("struct {")
	for i := range t.NumFields() {
		f := t.Field(i)
		b.WriteString([]string{" ", "; "}[min(i, 1)])
		if !f.Embedded() {
			b.WriteString(f.Name() + " ")
		}
		writeType(b, f.Type())
		if t.Tag(i) != "" {
			fmt.Fprintf(b, " %q", t.Tag(i))
		}
	}
	b.WriteString([]string{"}", " }"}[min(t.NumFields(), 1)])
}

func writeInterface(b *nameWriter, t *types.Interface) {
	b.WriteString("interface {")
	for i := range t.NumMethods() {
		m := t.Method(i)
		b.WriteString([]string{" ", "; "}[min(i, 1)])
		if !m.Exported() && m.Pkg() != nil {
			b.WriteString(m.Pkg().Name() + ".")
		}
		b.WriteString(m.Name())
		writeSignature(b, m.Signature())
	}
	b.WriteString([]string{"}", " }"}[min(t.NumMethods(), 1)])
}
