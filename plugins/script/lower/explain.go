package lower

import (
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
)

// What is said in the text of a function for people who read it: what each native call does, piece by
// piece, and in which file of this package the piece is written.

// explain says that f does in. f is nil if that is nothing.
func (c *compiler) explain(f machine.Op, in ssa.Instruction) {
	if !c.Limits.Explain || in == nil {
		return
	}
	text := in.String()
	if v, ok := in.(ssa.Value); ok && v.Name() != "" {
		text = v.Name() + " = " + text
	}
	if f != nil {
		text += " · " + writtenIn(f)
	}
	c.node.lines = append(c.node.lines, text)
}

// writtenIn is the file that has the function literal f.
func writtenIn(f machine.Op) string {
	frames := runtime.CallersFrames([]uintptr{reflect.ValueOf(f).Pointer() + 1})
	for {
		at, more := frames.Next() // what is inlined comes first
		if !more {
			return filepath.Base(at.File)
		}
	}
}

// explained is what is said above the call of the region.
func (r *region) explained() string {
	var b strings.Builder
	for _, n := range r.nodes {
		if len(r.nodes) > 1 || n.aimed {
			fmt.Fprintf(&b, "// %d:\n", n.number)
		}
		for _, line := range append(n.lines, n.ending()...) {
			b.WriteString("// " + line + "\n")
		}
	}
	return b.String()
}

// listing is a native function, for people.
func (c *compiler) listing() string {
	return "// " + c.code.Name + ", native:\n" + (&region{nodes: c.nodes}).explained() + "\n"
}

// ending says where a node leads.
func (n *node) ending() []string {
	switch {
	case n.ends:
		return []string{n.last.String()}
	case len(n.ways) == 2:
		return []string{"if " + n.last.(*ssa.If).Cond.Name() + ": " + n.ways[0].explained(), "else: " + n.ways[1].explained()}
	case n.Rests:
		return []string{"wait, here or outside, then " + n.ways[0].explained()}
	case len(n.ways) == 1 && n.calls == nil:
		return []string{n.ways[0].explained()}
	}
	return nil
}

// explainPhis says which values phis get on a way.
func (c *compiler) explainPhis(w *way, phis []*ssa.Phi, pred int) {
	if !c.Limits.Explain || len(phis) == 0 {
		return
	}
	var to, from []string
	for _, phi := range phis {
		to, from = append(to, phi.Name()), append(from, phi.Edges[pred].Name())
	}
	w.text = strings.Join(to, ", ") + " = " + strings.Join(from, ", ") + ", "
}

// heading is the first line of the function's text.
func (c *compiler) heading() string {
	first := fmt.Sprintf("func F%d(fr *rt.Frame) int {", c.code.Number)
	if c.Limits.Explain {
		first += " // " + c.code.Name
	}
	return first + "\n"
}

func (w *way) explained() string {
	text := w.text
	if w.Loop != nil {
		text += "tick, "
	}
	return text + fmt.Sprintf("goto %d", w.to.number)
}
