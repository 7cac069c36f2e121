package lower

import (
	"fmt"
	"reflect"

	"golang.org/x/tools/go/ssa"
)

// node is a stretch of native pieces that run one after the other, with what comes after them.
type node struct {
	pieces []piece
	cond   ref   // if there are two ways: which
	ways   []way // none: the function ends

	number int
	text   string // how it ends, for people
	leads  bool   // the interpreter comes here
	aimed  bool   // nodes lead here
	ends   bool   // it returns; else, without a way, it has panicked
	calls  *Code  // the interpreter's to call, before the only way
	region *region
}

// way is what leads from one node to another: the next to run, or one out of the region.
type way struct {
	prepare []op
	next    *node // nil: the region is left
	out     int

	to   *node
	exit *exit
}

// region is a part of a function that is one native call: nodes that the interpreter reaches only by way
// of the first, and among which there is no loop. Each call costs more than most of what is done in it.
type region struct {
	nodes  []*node
	exits  []*exit
	number int
	aimed  bool // the interpreter jumps here
}

// exit is a way on from a region, which the interpreter takes.
type exit struct {
	to     *region // nil: return
	call   *Code   // nil: none
	number int
}

func (c *compiler) begin(b *ssa.BasicBlock) {
	c.node = &node{number: len(c.nodes)}
	c.nodes = append(c.nodes, c.node)
}

// divide puts the nodes into regions.
func (c *compiler) divide() {
	from := map[*node][]*node{}
	for _, n := range c.nodes {
		for i := range n.ways {
			to := n.ways[i].to
			from[to] = append(from[to], n)
			to.aimed = to.aimed || n.calls == nil
			to.leads = to.leads || to.number <= n.number
		}
	}
	for _, n := range c.nodes {
		n.leads = n.leads || n.number == 0
		for _, p := range from[n] {
			n.leads = n.leads || p.region != from[n][0].region
		}
		if n.leads {
			n.region = &region{number: len(c.regions)}
			c.regions = append(c.regions, n.region)
		} else {
			n.region = from[n][0].region
		}
		n.region.nodes = append(n.region.nodes, n)
	}
	for _, r := range c.regions {
		r.leave()
	}
}

// leave finds the ways out of a region.
func (r *region) leave() {
	for _, n := range r.nodes {
		if n.ends {
			n.ways = []way{{exit: r.exit(nil, nil)}}
		}
		for i := range n.ways {
			w := &n.ways[i]
			switch {
			case w.to == nil:
			case w.to.leads || n.calls != nil:
				w.exit = r.exit(w.to.region, n.calls)
			default:
				w.next = w.to
			}
		}
	}
	// The first exit needs no jump if it is to what is written next.
	for i, e := range r.exits {
		if e.to != nil && e.to.number == r.number+1 {
			r.exits[0], r.exits[i] = r.exits[i], r.exits[0]
		}
	}
	for i, e := range r.exits {
		e.number = i
		if e.to != nil && (i > 0 || e.to.number != r.number+1) {
			e.to.aimed = true
		}
	}
	for _, n := range r.nodes {
		for i := range n.ways {
			if e := n.ways[i].exit; e != nil {
				n.ways[i].out = e.number
			}
		}
	}
}

func (r *region) exit(to *region, call *Code) *exit {
	for _, e := range r.exits {
		if e.to == to && e.call == call {
			return e
		}
	}
	e := &exit{to: to, call: call}
	r.exits = append(r.exits, e)
	return e
}

// idle reports whether there is nothing to do in the region.
func (r *region) idle() bool {
	return len(r.nodes) == 1 && len(r.nodes[0].pieces) == 0 && len(r.nodes[0].ways) == 1 && len(r.nodes[0].ways[0].prepare) == 0
}

// symbol is the native function that the interpreter calls.
func (r *region) symbol() reflect.Value {
	n := r.nodes[0]
	switch {
	case len(r.exits) == 1 && r.exits[0].call != nil:
		return reflect.ValueOf(func(fr *frame) *frame { n.run(fr); return fr.Callee })
	case len(r.exits) < 2:
		return reflect.ValueOf(func(fr *frame) { n.run(fr) })
	case len(r.exits) == 2:
		return reflect.ValueOf(func(fr *frame) bool { return n.run(fr) == 1 })
	}
	return reflect.ValueOf(func(fr *frame) int { return n.run(fr) })
}

// run does what is to be done in a region from n on, and returns by which exit it is left.
func (n *node) run(fr *frame) int {
	fr.g.top = fr
	for {
		for i := range n.pieces {
			p := &n.pieces[i]
			fr.site = p.at
			p.do(fr)
		}
		way := 0
		switch len(n.ways) {
		case 0:
			return 0
		case 2:
			if !*(*bool)(n.cond.at(fr)) {
				way = 1
			}
		}
		w := &n.ways[way]
		for _, prepare := range w.prepare {
			prepare(fr)
		}
		if w.next == nil {
			return w.out
		}
		n = w.next
	}
}

// ending says for people where a node leads.
func (n *node) ending() string {
	switch {
	case n.ends:
		return "// " + n.text + "\n"
	case len(n.ways) == 2:
		return fmt.Sprintf("// %s goto %d else %d\n", n.text, n.ways[0].to.number, n.ways[1].to.number)
	case len(n.ways) == 1 && n.calls == nil:
		return fmt.Sprintf("// goto %d\n", n.ways[0].to.number)
	}
	return ""
}
