package lower

import (
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
	"wshd/plugins/wsh"
)

// The types whose methods they are.
const request, message = "(*wshd/plugins/wsh.Request).", "(wshd/plugins/wsh.Message)."

// frequent calls the methods that handlers call for every message as compiled code would: through
// reflection each costs more than what it does.
func (c *compiler) frequent(name string, call *ssa.CallCommon, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	results := func() uintptr { return c.Laid(call.Signature().Results()).Field(1).Offset }
	switch name {
	case request + "ReceiveMessage":
		r, off := arg(0), results()
		return func(fr *machine.Frame) {
			fr.G.Talks()
			m, err := (*wsh.Request)(value.Deref(r.At(fr))).ReceiveMessage()
			p := dst.At(fr)
			*(*wsh.Message)(p), *(*error)(unsafe.Add(p, off)) = m, err
			fr.G.Said(err)
		}
	case request + "Each":
		r, f := arg(0), arg(1)
		return func(fr *machine.Frame) {
			fr.G.Talks()
			defer fr.GoesOut()()
			err := (*wsh.Request)(value.Deref(r.At(fr))).Each(machine.Hearing(f.At(fr)))
			*(*error)(dst.At(fr)) = err
			fr.G.Said(err)
		}
	case message + "Text":
		m := arg(0)
		return func(fr *machine.Frame) { *(*string)(dst.At(fr)) = (*wsh.Message)(m.At(fr)).Text() }
	case message + "Is":
		m, s := arg(0), arg(1)
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = (*wsh.Message)(m.At(fr)).Is(*(*string)(s.At(fr))) }
	case "wshd/plugins/wsh.Text":
		s := arg(0)
		return func(fr *machine.Frame) { *(*wsh.Message)(dst.At(fr)) = wsh.Text(*(*string)(s.At(fr))) }
	}
	return sending(name, arg, dst)
}

// sending calls the methods that send.
func sending(name string, arg func(int) machine.Ref, dst machine.Ref) machine.Op {
	switch name {
	case request + "SendMessage":
		r, m := arg(0), arg(1)
		return func(fr *machine.Frame) {
			fr.G.Talks()
			err := (*wsh.Request)(value.Deref(r.At(fr))).SendMessage(*(*wsh.Message)(m.At(fr)))
			*(*error)(dst.At(fr)) = err
			fr.G.Said(err)
		}
	case request + "SendText":
		r, s := arg(0), arg(1)
		return func(fr *machine.Frame) {
			fr.G.Talks()
			err := (*wsh.Request)(value.Deref(r.At(fr))).SendText(*(*string)(s.At(fr)))
			*(*error)(dst.At(fr)) = err
			fr.G.Said(err)
		}
	case request + "SendBinary":
		r, b := arg(0), arg(1)
		return func(fr *machine.Frame) {
			fr.G.Talks()
			err := (*wsh.Request)(value.Deref(r.At(fr))).SendBinary(*(*[]byte)(b.At(fr)))
			*(*error)(dst.At(fr)) = err
			fr.G.Said(err)
		}
	}
	return nil
}
