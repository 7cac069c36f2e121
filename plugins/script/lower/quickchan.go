package lower

import (
	"reflect"
	"unsafe"

	"wshd/plugins/script/machine"
)

// chanAccess sends and receives without reflection. ch and v are where the channel and the value lie.
type chanAccess struct {
	send    func(g *machine.G, ch, v unsafe.Pointer)
	receive func(g *machine.G, ch, v unsafe.Pointer) bool
}

func chanFor[T any]() *chanAccess { return &chanAccess{sendOn[T], receiveFrom[T]} }

// sendOn waits until the value is sent, or the program ends.
func sendOn[T any](g *machine.G, ch, v unsafe.Pointer) {
	c := *(*chan T)(ch)
	g.Native()
	select {
	case c <- *(*T)(v):
		return
	default:
	}
	g.Waits() // only here
	if g.Dying {
		g.Die()
	}
	select {
	case c <- *(*T)(v):
	case <-g.Machine.Ending.Dead:
		g.Die()
	}
}

// receiveFrom waits until there is a value, or the channel is closed, or the program ends.
func receiveFrom[T any](g *machine.G, ch, v unsafe.Pointer) (ok bool) {
	c := *(*chan T)(ch)
	g.Native()
	select {
	case *(*T)(v), ok = <-c:
		return ok
	default:
	}
	g.Waits() // only here
	if g.Dying {
		g.Die()
	}
	select {
	case *(*T)(v), ok = <-c:
	case <-g.Machine.Ending.Dead:
		g.Die()
	}
	return ok
}

// chanOf is for channels of values of type rt. What is sent and received is moved as the channel's own
// type says, whichever of a kind it is. nil: the channel needs reflection.
func chanOf(rt reflect.Type) *chanAccess {
	switch rt.Kind() {
	case reflect.Bool, reflect.Int8, reflect.Uint8:
		return chanFor[uint8]()
	case reflect.Int32, reflect.Uint32, reflect.Float32:
		return chanFor[uint32]()
	case reflect.Int, reflect.Uint, reflect.Uintptr, reflect.Int64, reflect.Uint64, reflect.Float64:
		if rt.Size() == 8 {
			return chanFor[uint64]()
		}
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return chanFor[*byte]() // with a *chan unsafe.Pointer in the program reflect.ChanOf of Go 1.26 is in error
	case reflect.String:
		return chanFor[string]()
	case reflect.Slice:
		return chanFor[[]byte]()
	case reflect.Interface:
		return chanFor[any]()
	case reflect.Struct:
		if rt.Size() == 0 {
			return chanFor[struct{}]()
		}
	}
	return nil
}
