package lower

import (
	"slices"

	"wshd/plugins/script/machine"
)

// region is a part of a function that is one native call: nodes that the interpreter reaches only by way
// of the first, and among which no loop waits for the client. Each call costs more than most of what is done in it.
type region struct {
	roots  []*node // where it begins: all but the first after a rest
	nodes  []*node
	exits  []*exit
	number int
	aimed  bool // the interpreter jumps here
}

// exit is a way on from a region, which the interpreter takes.
type exit struct {
	to     *region       // nil: return
	call   *machine.Code // nil: none
	number int
}

// divide puts the nodes into regions.
func (c *compiler) divide() {
	from := map[*node][]*node{}
	for _, n := range c.nodes {
		for i := range n.ways {
			to := n.ways[i].to
			from[to] = append(from[to], n)
			to.aimed = to.aimed || n.calls == nil
		}
	}
	c.nodes[0].leads = true
	for _, n := range c.nodes {
		for i := range n.ways {
			to := n.ways[i].to
			to.leads = to.leads || to.number <= n.number && hearsBetween(to, n, from)
		}
	}
	for c.assign(from) {
	}
	for _, r := range c.regions {
		r.leave(c.regions[0])
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

// hearsBetween reports whether the loop from first to last, which leads back, waits for the client: then each
// round of it is the interpreter's.
func hearsBetween(first, last *node, from map[*node][]*node) bool {
	seen, queue := map[*node]bool{first: true}, []*node{last}
	if first.hears || first.Rests || first.calls != nil {
		return true
	}
	for len(queue) > 0 {
		n := queue[0]
		if queue = queue[1:]; seen[n] {
			continue
		}
		if n.number < first.number || n.hears || n.Rests || n.calls != nil || n.entry > 0 {
			return true
		}
		seen[n] = true
		queue = append(queue, from[n]...)
	}
	return false
}

// assign gives every node a region: that of all nodes which lead to it, or one of its own. It reports
// whether a loop turned out to need that the interpreter comes to where it begins.
func (c *compiler) assign(from map[*node][]*node) (again bool) {
	c.regions = nil
	for _, n := range c.nodes {
		if n.entry > 0 {
			n.region = c.regions[0]
			n.region.roots = append(n.region.roots, n)
			n.region.nodes = append(n.region.nodes, n)
			continue
		}
		var home *region
		for _, p := range from[n] {
			switch {
			case p.number >= n.number: // the loop's way back
			case home == nil:
				home = p.region
			case p.region != home:
				n.leads = true
			}
		}
		if n.leads {
			home = &region{roots: []*node{n}}
			c.regions = append(c.regions, home)
		}
		n.region = home
		n.region.nodes = append(n.region.nodes, n)
	}
	for _, n := range c.nodes {
		for _, p := range from[n] {
			if p.region != n.region && !n.leads && n.entry == 0 {
				n.leads, again = true, true
			}
		}
	}
	return again
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

// leave finds the ways out of a region. first is where the interpreter goes on after a rest.
func (r *region) leave(first *region) {
	for _, n := range r.nodes {
		if n.ends {
			n.ways = []way{{exit: r.exit(exit{})}}
		}
		for i := range n.ways {
			w := &n.ways[i]
			switch {
			case w.to == nil:
			case n.Rests:
				r.rest(w, first)
			case w.to.Rests && w.to.leads && n.calls == nil:
				w.Next = &w.to.again(r, first).Node
			case w.to.leads || n.calls != nil:
				w.exit = r.exit(exit{to: w.to.region, call: n.calls})
			default:
				w.Next = &w.to.Node
			}
		}
	}
}

// rest gives the way after a rest both exits: to the interpreter, if the wait was made here, and out of it.
func (r *region) rest(w *way, first *region) {
	w.stay = r.exit(exit{to: first})
	w.exit = r.exit(exit{})
}

// again makes the node a part of another region too: it rests, so that no loop comes of it.
func (n *node) again(r, first *region) *node {
	for _, c := range r.nodes {
		if c.number == n.number {
			return c
		}
	}
	copied := &node{Node: machine.Node{Pieces: n.Pieces, Rests: true}, number: n.number, lines: n.lines, interpreterNode: interpreterNode{region: r}}
	copied.ways = []way{{to: n.ways[0].to}}
	r.rest(&copied.ways[0], first)
	r.nodes = append(r.nodes, copied)
	return copied
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
		if e.to != nil && (i > 0 || e.to.number != r.number+1) {
			e.to.aimed = true
		}
	}
	for _, n := range r.nodes {
		for i := range n.ways {
			if e := n.ways[i].exit; e != nil {
				n.ways[i].Out = e.number
			}
			if e := n.ways[i].stay; e != nil {
				n.ways[i].Again = e.number
			}
		}
		n.settle()
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

// idle reports whether there is nothing to do in the region.
func (r *region) idle() bool {
	n := r.roots[0]
	return len(r.roots) == 1 && len(n.Pieces) == 0 && len(n.ways) == 1 && len(n.ways[0].Prepare) == 0 && n.ways[0].Next == nil
}

// native is the region as the interpreter calls it.
func (r *region) native() func(*machine.Frame) {
	if len(r.roots) > 1 {
		return func(fr *machine.Frame) { fr.GoOut(r.roots[fr.Entry].Run(fr)) }
	}
	root := r.roots[0]
	return func(fr *machine.Frame) { fr.GoOut(root.Run(fr)) }
}
