package lower

import (
	"time"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// waitOp compiles calls of functions that wait, so that the end of the program ends them too.
func (c *compiler) waitOp(name string, arg func(int) machine.Ref) machine.Op {
	if name == "time.Sleep" {
		d := arg(0)
		return func(fr *machine.Frame) { fr.G.Sleep(*(*time.Duration)(d.At(fr))) }
	}
	if do := c.syncMethod(name); do != nil {
		p := arg(0)
		return func(fr *machine.Frame) { do(fr.G, value.Deref(p.At(fr))) }
	}
	return nil
}
