package lower

import (
	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
)

// node is a stretch while it is compiled.
type node struct {
	machine.Node
	ways []way

	number int
	lines  []string        // what it does, for people
	last   ssa.Instruction // how it ends; nil: it just leads on
	aimed  bool            // nodes lead here
	ends   bool            // it returns; else, without a way, it has panicked
	hears  bool            // a piece of it waits for the client
	interpreterNode
}

// interpreterNode is what matters of a node in a function that is the interpreter's.
type interpreterNode struct {
	leads  bool          // the interpreter comes here
	calls  *machine.Code // the interpreter's to call, before the only way
	entry  int           // the interpreter comes here after this rest; 0: after none
	region *region
}

// way is what leads from one node to another while they are compiled.
type way struct {
	machine.Way
	to   *node
	exit *exit
	stay *exit  // of a rest
	text string // what is prepared, for people
}

// settle gives the stretch the ways that have been found.
func (n *node) settle() {
	n.Ways = make([]machine.Way, len(n.ways))
	for i := range n.ways {
		n.Ways[i] = n.ways[i].Way
	}
}

func (c *compiler) begin(b *ssa.BasicBlock) {
	c.node = &node{number: len(c.nodes)}
	c.nodes = append(c.nodes, c.node)
}

// whole makes one native piece of the function, loops and all.
func (c *compiler) whole() {
	for _, n := range c.nodes {
		for i := range n.ways {
			w := &n.ways[i]
			w.Next = &w.to.Node
			w.to.aimed = true
		}
		n.settle()
	}
	c.code.First = &c.nodes[0].Node
}
