package lower

import (
	"maps"
	"slices"
	"strings"

	"wshd/plugins/script/machine"
)

// texts are the interpreter's functions as it is given them: each by itself after those that it calls,
// but for those that call each other, which are together. The interpreter looks, for each call that a
// panic passes, through all that it was given at the same time.
func (vm *Program) texts() []string {
	o := &ordering{at: map[*machine.Code]int{}, low: map[*machine.Code]int{}}
	for _, c := range slices.SortedFunc(maps.Values(vm.codes), func(a, b *machine.Code) int { return a.Number - b.Number }) {
		o.visit(c)
	}
	o.texts[0] = "package main\n\nimport \"rt\"\n\n" + o.texts[0]
	for i := range o.texts[1:] {
		o.texts[i+1] = "package main\n\n" + o.texts[i+1]
	}
	return o.texts
}

// ordering is Tarjan's: a visit of all functions that finds those that call each other, those that are
// called first.
type ordering struct {
	at, low map[*machine.Code]int // when a function was visited, and the first that it leads back to
	stack   []*machine.Code
	texts   []string
}

const placed = 1 << 30

func (o *ordering) visit(c *machine.Code) {
	if o.at[c] != 0 {
		return
	}
	o.at[c] = len(o.at) + 1
	o.low[c] = o.at[c]
	o.stack = append(o.stack, c)
	for _, to := range c.Callees {
		o.visit(to)
		o.low[c] = min(o.low[c], o.low[to])
	}
	if o.low[c] != o.at[c] {
		return
	}
	var b strings.Builder
	for {
		last := o.stack[len(o.stack)-1]
		o.stack = o.stack[:len(o.stack)-1]
		o.low[last] = placed
		b.WriteString(last.Text)
		if last.Text = ""; last == c {
			break
		}
	}
	if b.Len() > 0 {
		o.texts = append(o.texts, b.String())
	}
}
