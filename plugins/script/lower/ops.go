package lower

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// instruction compiles one instruction. nil: nothing happens at run time.
func (c *compiler) instruction(in ssa.Instruction) machine.Op {
	switch in := in.(type) {
	case *ssa.UnOp:
		return c.unOp(in)
	case *ssa.BinOp:
		return c.binOp(in)
	case *ssa.ChangeType:
		if types.IsInterface(in.Type()) {
			return c.toInterface(in, in.X) // error and interface{ Error() string } are kept differently
		}
		return c.move(in, in.X)
	case *ssa.Convert:
		return c.convert(in, in.X)
	case *ssa.MakeMap, *ssa.Lookup, *ssa.MapUpdate, *ssa.Range, *ssa.Next:
		return c.mapOp(in)
	case *ssa.MakeChan, *ssa.Send, *ssa.Select:
		return c.chanOp(in)
	case *ssa.MakeInterface:
		return c.makeInterface(in)
	case *ssa.ChangeInterface:
		return c.toInterface(in, in.X)
	case *ssa.TypeAssert:
		return c.typeAssert(in)
	case *ssa.MakeClosure:
		return c.makeClosure(in)
	case *ssa.Call:
		return c.callOp(&in.Call, c.ref, c.result(in))
	case *ssa.Panic:
		return c.panicOp(in)
	case *ssa.Go:
		return c.goStmt(in)
	case *ssa.Defer:
		return c.deferStmt(in)
	case *ssa.RunDefers:
		c.needHome()
		return func(fr *machine.Frame) { fr.Home.RunDeferred() }
	}
	return c.memoryOp(in)
}

// memoryOp compiles what makes variables, and finds its way in them.
func (c *compiler) memoryOp(in ssa.Instruction) machine.Op {
	switch in := in.(type) {
	case *ssa.Alloc:
		return c.allocOp(in)
	case *ssa.Store:
		return c.store(in)
	case *ssa.FieldAddr:
		return c.fieldAddr(in)
	case *ssa.IndexAddr:
		return c.indexAddr(in)
	case *ssa.Index:
		return c.index(in)
	case *ssa.Slice:
		return c.slice(in)
	case *ssa.MakeSlice:
		return c.makeSlice(in)
	case *ssa.SliceToArrayPointer:
		return c.sliceToArray(in)
	}
	c.refuse(&unknown, fmt.Sprintf("%T", in))
	return nil
}

func (c *compiler) move(to ssa.Value, from ssa.Value) machine.Op {
	return moveValue(c.Laid(to.Type()), c.ref(to), c.ref(from))
}

func elem(t types.Type) types.Type { return t.Underlying().(*types.Pointer).Elem() }

// allocOp makes every variable anew, on the heap: an interpreted function's own variables would be
// shared between the iterations of a loop.
func (c *compiler) allocOp(in *ssa.Alloc) machine.Op {
	dst, rt := c.ref(in), c.Laid(elem(in.Type()))
	return func(fr *machine.Frame) { *(*unsafe.Pointer)(dst.At(fr)) = reflect.New(rt).UnsafePointer() }
}

func (c *compiler) store(in *ssa.Store) machine.Op {
	if c.isAddressed(in.Addr) {
		return c.accessed(in.Addr, in)
	}
	rt, dst, src := c.Laid(in.Val.Type()), c.ref(in.Addr), c.ref(in.Val)
	if acc := accessOf(rt); acc != nil && dst.Abs == nil && src.Abs == nil {
		return acc.store(dst.Off, 0, src.Off)
	}
	move := value.MoverOf(rt)
	return func(fr *machine.Frame) { move(value.Deref(dst.At(fr)), src.At(fr)) }
}

func (c *compiler) fieldAddr(in *ssa.FieldAddr) machine.Op {
	if no := c.refuseTree(in); no != nil {
		return no
	}
	off := c.Laid(elem(in.X.Type())).Field(in.Field).Offset
	dst, src := c.ref(in), c.ref(in.X)
	return func(fr *machine.Frame) { *(*unsafe.Pointer)(dst.At(fr)) = unsafe.Add(value.Deref(src.At(fr)), off) }
}

func (c *compiler) unOp(in *ssa.UnOp) machine.Op {
	dst, src := c.ref(in), c.ref(in.X)
	rt := c.Laid(in.X.Type())
	switch in.Op {
	case token.MUL:
		if c.isAddressed(in.X) {
			return c.accessed(in.X, in)
		}
		if acc := accessOf(c.Laid(in.Type())); acc != nil && src.Abs == nil {
			return acc.load(dst.Off, src.Off, 0)
		}
		move := value.MoverOf(c.Laid(in.Type()))
		return func(fr *machine.Frame) { move(dst.At(fr), value.Deref(src.At(fr))) }
	case token.NOT:
		return func(fr *machine.Frame) { *(*bool)(dst.At(fr)) = !*(*bool)(src.At(fr)) }
	case token.SUB:
		return numbersOf[rt.Kind()].negate(dst, src)
	case token.XOR:
		return numbersOf[rt.Kind()].invert(dst, src)
	case token.ARROW:
		return c.receive(in)
	}
	c.refuse(&unknown, "operator "+in.Op.String())
	return nil
}
