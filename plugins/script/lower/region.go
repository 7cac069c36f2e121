package lower

import (
	"reflect"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// node is a stretch of native pieces that run one after the other, with what comes after them.
type node struct {
	pieces []piece
	cond   ref   // if there are two ways: which
	ways   []way // none: the function ends

	number int
	lines  []string        // what it does, for people
	last   ssa.Instruction // how it ends; nil: it just leads on
	leads  bool            // the interpreter comes here
	aimed  bool            // nodes lead here
	ends   bool            // it returns; else, without a way, it has panicked
	calls  *Code           // the interpreter's to call, before the only way
	rests  bool            // the interpreter is left, before the only way
	entry  int             // the interpreter comes here after this rest; 0: after none
	after  *node           // comes after the rest, in the same region; nil: not in the same
	region *region
}

// way is what leads from one node to another: the next to run, or one out of the region.
type way struct {
	prepare []op
	next    *node // nil: the region is left
	out     int

	to   *node
	exit *exit
	back bool   // of a loop
	text string // what is prepared, for people
}

// region is a part of a function that is one native call: nodes that the interpreter reaches only by way
// of the first, and among which there is no loop. Each call costs more than most of what is done in it.
type region struct {
	roots  []*node // where it begins: all but the first after a rest
	nodes  []*node
	exits  []*exit
	number int
	aimed  bool // the interpreter jumps here
}

// exit is a way on from a region, which the interpreter takes.
type exit struct {
	to     *region // nil: return
	call   *Code   // nil: none
	rest   bool
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
		if n.entry > 0 {
			n.region = c.regions[0]
			n.region.roots = append(n.region.roots, n)
			n.region.nodes = append(n.region.nodes, n)
			continue
		}
		for _, p := range from[n] {
			n.leads = n.leads || p.region != from[n][0].region
		}
		if n.leads {
			n.region = &region{number: len(c.regions), roots: []*node{n}}
			c.regions = append(c.regions, n.region)
		} else {
			n.region = from[n][0].region
		}
		n.region.nodes = append(n.region.nodes, n)
	}
	for _, r := range c.regions {
		r.leave()
	}
	seen := map[*region]bool{}
	c.regions[0].reach(seen)
	c.regions = slices.DeleteFunc(c.regions, func(r *region) bool { return !seen[r] })
	for i, r := range c.regions {
		r.number = i
	}
	for _, r := range c.regions {
		r.count()
	}
}

// reach notes the regions that the interpreter can get to.
func (r *region) reach(seen map[*region]bool) {
	if r == nil || seen[r] {
		return
	}
	seen[r] = true
	for _, e := range r.exits {
		e.to.reach(seen)
	}
}

// leave finds the ways out of a region.
func (r *region) leave() {
	for _, n := range r.nodes {
		if n.ends {
			n.ways = []way{{exit: r.exit(exit{})}}
		}
		for i := range n.ways {
			w := &n.ways[i]
			switch {
			case w.to == nil:
			case n.rests:
				n.meets(w.to)
				w.exit = r.exit(exit{rest: true})
			case w.to.rests && w.to.leads && n.calls == nil:
				w.next = w.to.again(r)
			case w.to.leads || n.calls != nil:
				w.exit = r.exit(exit{to: w.to.region, call: n.calls})
			default:
				w.next = w.to
			}
		}
	}
}

// again makes the node a part of another region too: it rests, so that no loop comes of it.
func (n *node) again(r *region) *node {
	for _, c := range r.nodes {
		if c.number == n.number {
			return c
		}
	}
	after := n.ways[0].to
	copied := &node{pieces: n.pieces, number: n.number, lines: n.lines, rests: true, region: r}
	copied.ways = []way{{to: after, exit: r.exit(exit{rest: true})}}
	copied.meets(after)
	r.nodes = append(r.nodes, copied)
	return copied
}

// meets notes what comes after the rest that n ends with, if that is in the same region.
func (n *node) meets(after *node) {
	if n.region == after.region {
		n.after = after
	}
}

// count numbers the ways out of a region.
func (r *region) count() {
	// The first needs no jump if it is to what is written next.
	for i, e := range r.exits {
		if e.to != nil && e.to.number == r.number+1 {
			r.exits[0], r.exits[i] = r.exits[i], r.exits[0]
		}
	}
	for i, e := range r.exits {
		e.number = i
		if r.final() {
			e.number = e.returns()
		}
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

func (r *region) exit(like exit) *exit {
	for _, e := range r.exits {
		if *e == like {
			return e
		}
	}
	r.exits = append(r.exits, &like)
	return &like
}

// final reports whether the function is left wherever the region is.
func (r *region) final() bool {
	return !slices.ContainsFunc(r.exits, func(e *exit) bool { return e.to != nil || e.call != nil })
}

// returns is what the function returns there.
func (e *exit) returns() int {
	if e.rest {
		return resumes
	}
	return 0
}

// idle reports whether there is nothing to do in the region.
func (r *region) idle() bool {
	n := r.roots[0]
	return len(r.roots) == 1 && len(n.pieces) == 0 && len(n.ways) == 1 && len(n.ways[0].prepare) == 0 && n.ways[0].next == nil
}

// symbol is the native function that the interpreter calls.
func (r *region) symbol() reflect.Value {
	run := r.roots[0].run
	if len(r.roots) > 1 {
		run = func(fr *frame) int { return r.roots[fr.entry].run(fr) }
	}
	switch {
	case r.final():
		return reflect.ValueOf(run)
	case len(r.exits) == 1 && r.exits[0].call != nil:
		return reflect.ValueOf(func(fr *frame) *frame { run(fr); return fr.Callee })
	case len(r.exits) == 1:
		return reflect.ValueOf(func(fr *frame) { run(fr) })
	case len(r.exits) == 2:
		return reflect.ValueOf(func(fr *frame) bool { return run(fr) == 1 })
	}
	return reflect.ValueOf(run)
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
		if n.after != nil && fr.stays {
			fr.code.restsAt[fr.entry-1].take(fr)
			n = n.after
			continue
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
