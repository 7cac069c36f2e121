package lower

import (
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/value"
	"wshd/plugins/wsh"
)

// frequent calls the methods that handlers call for every message as compiled code would: through
// reflection each costs more than what it does.
func (c *compiler) frequent(name string, call *ssa.CallCommon, arg func(int) ref, dst ref) op {
	const request, message = "(*wshd/plugins/wsh.Request).", "(wshd/plugins/wsh.Message)."
	results := func() uintptr { return c.rtype(call.Signature().Results()).Field(1).Offset }
	switch name {
	case request + "ReceiveMessage":
		r, off := arg(0), results()
		return func(fr *frame) {
			fr.g.talks()
			m, err := (*wsh.Request)(value.Deref(r.at(fr))).ReceiveMessage()
			p := dst.at(fr)
			*(*wsh.Message)(p), *(*error)(unsafe.Add(p, off)) = m, err
			fr.g.said(err)
		}
	case request + "SendMessage":
		r, m := arg(0), arg(1)
		return func(fr *frame) {
			fr.g.talks()
			err := (*wsh.Request)(value.Deref(r.at(fr))).SendMessage(*(*wsh.Message)(m.at(fr)))
			*(*error)(dst.at(fr)) = err
			fr.g.said(err)
		}
	case request + "SendText":
		r, s := arg(0), arg(1)
		return func(fr *frame) {
			fr.g.talks()
			err := (*wsh.Request)(value.Deref(r.at(fr))).SendText(*(*string)(s.at(fr)))
			*(*error)(dst.at(fr)) = err
			fr.g.said(err)
		}
	case request + "SendBinary":
		r, b := arg(0), arg(1)
		return func(fr *frame) {
			fr.g.talks()
			err := (*wsh.Request)(value.Deref(r.at(fr))).SendBinary(*(*[]byte)(b.at(fr)))
			*(*error)(dst.at(fr)) = err
			fr.g.said(err)
		}
	case message + "Text":
		m := arg(0)
		return func(fr *frame) { *(*string)(dst.at(fr)) = (*wsh.Message)(m.at(fr)).Text() }
	case message + "Is":
		m, s := arg(0), arg(1)
		return func(fr *frame) { *(*bool)(dst.at(fr)) = (*wsh.Message)(m.at(fr)).Is(*(*string)(s.at(fr))) }
	case "wshd/plugins/wsh.Text":
		s := arg(0)
		return func(fr *frame) { *(*wsh.Message)(dst.at(fr)) = wsh.Text(*(*string)(s.at(fr))) }
	}
	return nil
}
