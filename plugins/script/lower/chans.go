package lower

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/value"
)

func (c *compiler) chanOp(in ssa.Instruction) op {
	switch in := in.(type) {
	case *ssa.MakeChan:
		dst, size := c.ref(in), c.bound(in.Size)
		t := in.Type().Underlying().(*types.Chan)
		rt := reflect.ChanOf(reflect.BothDir, c.rtype(t.Elem()))
		return func(fr *frame) {
			n, ok := size(fr)
			if tooBig(n, ok, rt.Elem().Size()) {
				panic(value.PlainError("makechan: size out of range"))
			}
			ch := reflect.MakeChan(rt, n)
			*(*unsafe.Pointer)(dst.at(fr)) = ch.UnsafePointer()
		}
	case *ssa.Send:
		ch, x, rt := c.ref(in.Chan), c.ref(in.X), c.bothWays(in.Chan.Type())
		if quick := chanOf(rt.Elem()); quick != nil {
			return func(fr *frame) { quick.send(fr.g, ch.at(fr), x.at(fr)) }
		}
		return func(fr *frame) {
			v := value.At(rt, ch.at(fr))
			el := value.At(rt.Elem(), x.at(fr))
			fr.g.native()
			if !v.TrySend(el) {
				fr.g.wait([]reflect.SelectCase{{Dir: reflect.SelectSend, Chan: v, Send: el}})
			}
		}
	}
	return c.selectOp(in.(*ssa.Select))
}

// bothWays is the type of a channel for reflect, which minds directions where the checker has
// already.
func (c *compiler) bothWays(t types.Type) reflect.Type {
	return reflect.ChanOf(reflect.BothDir, c.rtype(t.Underlying().(*types.Chan).Elem()))
}

func (c *compiler) receive(in *ssa.UnOp) op {
	dst, ch, rt := c.ref(in), c.ref(in.X), c.bothWays(in.X.Type())
	var okOff uintptr
	if in.CommaOk {
		okOff = c.tupleOffset(in.Type().(*types.Tuple), 1)
	}
	if quick := chanOf(rt.Elem()); quick != nil {
		return func(fr *frame) {
			to := dst.at(fr)
			ok := quick.receive(fr.g, ch.at(fr), to)
			if in.CommaOk {
				*(*bool)(unsafe.Add(to, okOff)) = ok
			}
		}
	}
	return func(fr *frame) {
		from := value.At(rt, ch.at(fr))
		fr.g.native()
		v, ok := from.TryRecv()
		if !v.IsValid() { // it would wait
			_, v, ok = fr.g.wait([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: from}})
		}
		value.Put(rt.Elem(), dst.at(fr), v)
		if in.CommaOk {
			*(*bool)(unsafe.Add(dst.at(fr), okOff)) = ok
		}
	}
}

// selectState is a case of a select statement, as it was compiled.
type selectState struct {
	dir      reflect.SelectDir
	rt       reflect.Type
	ch, send ref
	recvOff  uintptr // where what is received goes, in the result
}

func (c *compiler) selectStates(in *ssa.Select) []selectState {
	states := make([]selectState, len(in.States))
	received := 2
	for i, s := range in.States {
		st := selectState{dir: reflect.SelectSend, rt: c.bothWays(s.Chan.Type()), ch: c.ref(s.Chan)}
		if s.Dir == types.SendOnly {
			st.send = c.ref(s.Send)
		} else {
			st.dir = reflect.SelectRecv
			st.recvOff = c.tupleOffset(in.Type().(*types.Tuple), received)
			received++
		}
		states[i] = st
	}
	return states
}

// made is the case, as one call of the statement means it.
func (s *selectState) made(fr *frame) reflect.SelectCase {
	k := reflect.SelectCase{Dir: s.dir, Chan: value.At(s.rt, s.ch.at(fr))}
	if s.dir == reflect.SelectSend {
		k.Send = value.At(s.rt.Elem(), s.send.at(fr))
	}
	return k
}

// choose is a select statement that waits. Only where it has to does it count as a wait.
func (g *G) choose(cases []reflect.SelectCase) (int, reflect.Value, bool) {
	if g.since.IsZero() {
		return g.wait(cases)
	}
	g.native()
	i, v, ok := reflect.Select(append(cases, reflect.SelectCase{Dir: reflect.SelectDefault}))
	if i == len(cases) {
		return g.wait(cases)
	}
	return i, v, ok
}

// selectOp compiles select. The cases are made afresh each time: calls at the same time share none.
func (c *compiler) selectOp(in *ssa.Select) op {
	dst, tuple := c.ref(in), in.Type().(*types.Tuple)
	okOff := c.tupleOffset(tuple, 1)
	states := c.selectStates(in)
	return func(fr *frame) {
		cases := make([]reflect.SelectCase, 0, len(states)+2)
		for _, s := range states {
			cases = append(cases, s.made(fr))
		}
		if !in.Blocking {
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectDefault})
		}
		var i int
		var v reflect.Value
		var ok bool
		if in.Blocking {
			i, v, ok = fr.g.choose(cases)
		} else {
			fr.g.native()
			if i, v, ok = reflect.Select(cases); i == len(states) {
				i = -1
			}
		}
		p := dst.at(fr)
		*(*int)(p) = i
		*(*bool)(unsafe.Add(p, okOff)) = ok
		for j, s := range states {
			if s.dir == reflect.SelectRecv {
				if j == i {
					value.Put(s.rt.Elem(), unsafe.Add(p, s.recvOff), v)
				} else {
					reflect.NewAt(s.rt.Elem(), unsafe.Add(p, s.recvOff)).Elem().SetZero()
				}
			}
		}
	}
}
