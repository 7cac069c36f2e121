package lower

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

func (c *compiler) chanOp(in ssa.Instruction) machine.Op {
	switch in := in.(type) {
	case *ssa.MakeChan:
		dst, size := c.ref(in), c.bound(in.Size)
		t := in.Type().Underlying().(*types.Chan)
		rt := reflect.ChanOf(reflect.BothDir, c.Laid(t.Elem()))
		return func(fr *machine.Frame) {
			n, ok := size(fr)
			if tooBig(n, ok, rt.Elem().Size()) {
				panic(value.PlainError("makechan: size out of range"))
			}
			ch := reflect.MakeChan(rt, n)
			*(*unsafe.Pointer)(dst.At(fr)) = ch.UnsafePointer()
		}
	case *ssa.Send:
		ch, x, rt := c.ref(in.Chan), c.ref(in.X), c.bothWays(in.Chan.Type())
		if quick := chanOf(rt.Elem()); quick != nil {
			return func(fr *machine.Frame) { quick.send(fr.G, ch.At(fr), x.At(fr)) }
		}
		return func(fr *machine.Frame) {
			v := value.At(rt, ch.At(fr))
			el := value.At(rt.Elem(), x.At(fr))
			fr.G.Native()
			if !v.TrySend(el) {
				fr.G.Wait([]reflect.SelectCase{{Dir: reflect.SelectSend, Chan: v, Send: el}})
			}
		}
	}
	return c.selectOp(in.(*ssa.Select))
}

// bothWays is the type of a channel for reflect, which minds directions where the checker has
// already.
func (c *compiler) bothWays(t types.Type) reflect.Type {
	return reflect.ChanOf(reflect.BothDir, c.Laid(t.Underlying().(*types.Chan).Elem()))
}

func (c *compiler) receive(in *ssa.UnOp) machine.Op {
	dst, ch, rt := c.ref(in), c.ref(in.X), c.bothWays(in.X.Type())
	var okOff uintptr
	commaOk := in.CommaOk
	if commaOk {
		okOff = c.tupleOffset(in.Type().(*types.Tuple), 1)
	}
	if quick := chanOf(rt.Elem()); quick != nil {
		return func(fr *machine.Frame) {
			to := dst.At(fr)
			ok := quick.receive(fr.G, ch.At(fr), to)
			if commaOk {
				*(*bool)(unsafe.Add(to, okOff)) = ok
			}
		}
	}
	return func(fr *machine.Frame) {
		from := value.At(rt, ch.At(fr))
		fr.G.Native()
		v, ok := from.TryRecv()
		if !v.IsValid() { // it would wait
			_, v, ok = fr.G.Wait([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: from}})
		}
		value.Put(rt.Elem(), dst.At(fr), v)
		if commaOk {
			*(*bool)(unsafe.Add(dst.At(fr), okOff)) = ok
		}
	}
}

// selectState is a case of a select statement, as it was compiled.
type selectState struct {
	dir      reflect.SelectDir
	rt       reflect.Type
	ch, send machine.Ref
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
func (s *selectState) made(fr *machine.Frame) reflect.SelectCase {
	k := reflect.SelectCase{Dir: s.dir, Chan: value.At(s.rt, s.ch.At(fr))}
	if s.dir == reflect.SelectSend {
		k.Send = value.At(s.rt.Elem(), s.send.At(fr))
	}
	return k
}

// selectOp compiles select. The cases are made afresh each time: calls at the same time share none.
func (c *compiler) selectOp(in *ssa.Select) machine.Op {
	dst, tuple := c.ref(in), in.Type().(*types.Tuple)
	okOff := c.tupleOffset(tuple, 1)
	states, blocking := c.selectStates(in), in.Blocking
	return func(fr *machine.Frame) {
		cases := make([]reflect.SelectCase, 0, len(states)+2)
		for _, s := range states {
			cases = append(cases, s.made(fr))
		}
		if !blocking {
			cases = append(cases, reflect.SelectCase{Dir: reflect.SelectDefault})
		}
		var i int
		var v reflect.Value
		var ok bool
		if blocking {
			i, v, ok = fr.G.Choose(cases)
		} else {
			fr.G.Native()
			if i, v, ok = reflect.Select(cases); i == len(states) {
				i = -1
			}
		}
		p := dst.At(fr)
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
