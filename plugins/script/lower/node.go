package lower

import "golang.org/x/tools/go/ssa"

// node is a stretch of native pieces that run one after the other, with what comes after them.
type node struct {
	pieces []piece
	test   test  // if there are two ways: whether it is the first
	ways   []way // none: the function ends

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
	leads  bool  // the interpreter comes here
	calls  *Code // the interpreter's to call, before the only way
	rests  bool  // it waits, or the interpreter is left to wait, before the only way
	entry  int   // the interpreter comes here after this rest; 0: after none
	region *region
}

// way is what leads from one node to another: the next to run, or one out of the region.
type way struct {
	prepare []op
	loop    *site // of a way back: where its loop stands
	next    *node // nil: the region is left
	out     int
	again   int // of a rest: out, if the wait was made here

	to   *node
	exit *exit
	stay *exit  // of a rest
	text string // what is prepared, for people
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
			w.next = w.to
			w.to.aimed = true
		}
	}
	c.code.first = c.nodes[0]
}

// run does what is to be done from n on, until the function returns or the region is left: then it
// returns by which exit.
func (n *node) run(fr *frame) int {
	g := fr.g
	g.top = fr
	for {
		for i := range n.pieces {
			p := &n.pieces[i]
			if p.at != nil {
				fr.site = p.at
			}
			p.do(fr)
		}
		way := 0
		switch len(n.ways) {
		case 0:
			return 0
		case 2:
			if !n.test(fr) {
				way = 1
			}
		}
		w := &n.ways[way]
		if n.rests {
			if fr.stays {
				fr.code.restsAt[fr.entry-1].take(fr)
				return w.again
			}
			fr.Left = resumes
		}
		for _, prepare := range w.prepare {
			prepare(fr)
		}
		if w.loop != nil {
			g.tick(w.loop)
		}
		if w.next == nil {
			return w.out
		}
		n = w.next
	}
}
