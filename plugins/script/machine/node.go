package machine

// Piece is a native piece of the script, and where it stands; nil: nobody asks, since it cannot fail.
type Piece struct {
	Do Op
	At *Site
}

// Node is native pieces that run one after the other, with what comes after them.
type Node struct {
	Pieces []Piece
	Test   Test  // if there are two ways: whether it is the first
	Ways   []Way // none: the function ends
	Rests  bool  // it waits, or the interpreter is left to wait, before the only way
}

// Way is what leads from one stretch to another: the next to run, or one out of the region.
type Way struct {
	Prepare []Op
	Loop    *Site // of a way back: where its loop stands
	Next    *Node // nil: the region is left
	Out     int
	Again   int // of a rest: out, if the wait was made here
}

// Run does what is to be done from n on, until the function returns or the region is left: then it
// returns by which exit.
func (n *Node) Run(fr *Frame) int {
	g := fr.G
	g.Top = fr
	for {
		for i := range n.Pieces {
			p := &n.Pieces[i]
			if p.At != nil {
				fr.Site = p.At
			}
			p.Do(fr)
		}
		way := 0
		switch len(n.Ways) {
		case 0:
			return 0
		case 2:
			if !n.Test(fr) {
				way = 1
			}
		}
		w := &n.Ways[way]
		if n.Rests {
			if fr.stays {
				fr.code.RestsAt[fr.Entry-1].take(fr)
				return w.Again
			}
			fr.Left = resumes
		}
		for _, prepare := range w.Prepare {
			prepare(fr)
		}
		if w.Loop != nil {
			g.tick(w.Loop)
		}
		if w.Next == nil {
			return w.Out
		}
		n = w.Next
	}
}

// Test is a comparison that a way is chosen by.
type Test func(fr *Frame) bool
