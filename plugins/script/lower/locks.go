package lower

import (
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// syncMethod is what a script calls instead of a method of package sync, nil if the method itself: the
// end of the program ends its waiting too, and what would end the process is a panic of the script.
func (vm *Program) syncMethod(name string) func(g *machine.G, p unsafe.Pointer) {
	switch name {
	case "(*sync.Mutex).Lock":
		return lockMutex
	case "(*sync.Mutex).Unlock":
		return unlockMutex
	case "(*sync.RWMutex).Lock":
		return lockWriter
	case "(*sync.RWMutex).Unlock":
		return unlockWriter
	case "(*sync.RWMutex).RLock", "(*sync.rlocker).Lock":
		return lockReader
	case "(*sync.RWMutex).RUnlock", "(*sync.rlocker).Unlock":
		return unlockReader
	case "(*sync.WaitGroup).Wait":
		return func(g *machine.G, p unsafe.Pointer) { g.Outside((*sync.WaitGroup)(p).Wait, func() {}) }
	case "(*sync.Cond).Wait":
		return vm.waitCond
	case "(*sync.Cond).Signal":
		return func(g *machine.G, p unsafe.Pointer) { wakeCond(p, 1) }
	case "(*sync.Cond).Broadcast":
		return func(g *machine.G, p unsafe.Pointer) { wakeCond(p, -1) }
	}
	return nil
}

func lockMutex(g *machine.G, p unsafe.Pointer) {
	if m := (*sync.Mutex)(p); !m.TryLock() {
		g.Outside(m.Lock, m.Unlock)
	}
}

func lockWriter(g *machine.G, p unsafe.Pointer) {
	if m := (*sync.RWMutex)(p); !m.TryLock() {
		g.Outside(m.Lock, m.Unlock)
	}
}

func lockReader(g *machine.G, p unsafe.Pointer) {
	if m := (*sync.RWMutex)(p); !m.TryRLock() {
		g.Outside(m.RLock, m.RUnlock)
	}
}

// Unlocking what is not locked ends the process, which no recover can stop. So the lock is looked at
// before: where its state lies is found out by the names of its fields. If they are not there, it is
// tried to be locked, which cannot tell what is just being handed over.
var (
	stateAt   = fieldAt(reflect.TypeFor[sync.Mutex](), "mu", "state")
	readersAt = fieldAt(reflect.TypeFor[sync.RWMutex](), "readerCount")
)

func fieldAt(rt reflect.Type, names ...string) (off int) {
	for _, name := range names {
		f, ok := rt.FieldByName(name)
		if !ok {
			return -1
		}
		rt, off = f.Type, off+int(f.Offset)
	}
	if rt.Size() != 4 {
		return -1
	}
	return off
}

func stateOf(p unsafe.Pointer, off int) int32 { return atomic.LoadInt32((*int32)(unsafe.Add(p, off))) }

// unlocking guards the looks: scripts unlock a lock one after the other, and nobody else unlocks theirs.
var unlocking [64]sync.Mutex

func unlock(p unsafe.Pointer, locked func() bool, f func(), text string) {
	mu := &unlocking[uintptr(p)>>4%uintptr(len(unlocking))]
	mu.Lock()
	defer mu.Unlock()
	if !locked() {
		panic(value.PlainError(text))
	}
	f()
}

func unlockMutex(_ *machine.G, p unsafe.Pointer) {
	m := (*sync.Mutex)(p)
	unlock(p, func() bool {
		if stateAt >= 0 {
			return stateOf(p, stateAt)&1 != 0
		}
		free := m.TryLock()
		if free {
			m.Unlock()
		}
		return !free
	}, m.Unlock, "sync: unlock of unlocked mutex")
}

func unlockWriter(_ *machine.G, p unsafe.Pointer) {
	m := (*sync.RWMutex)(p)
	unlock(p, func() bool {
		if readersAt >= 0 {
			return stateOf(p, readersAt) < 0
		}
		free := m.TryRLock()
		if free {
			m.RUnlock()
		}
		return !free
	}, m.Unlock, "sync: Unlock of unlocked RWMutex")
}

func unlockReader(_ *machine.G, p unsafe.Pointer) {
	const mostReaders = 1 << 30 // less by so many while somebody wants to write
	m := (*sync.RWMutex)(p)
	unlock(p, func() bool {
		if readersAt >= 0 {
			n := stateOf(p, readersAt)
			return n != 0 && n != -mostReaders
		}
		free := m.TryLock()
		if free {
			m.Unlock()
		}
		return !free
	}, m.RUnlock, "sync: RUnlock of unlocked RWMutex")
}

// waiting are those that wait for a sync.Cond. Its own Wait would unlock what is not locked, and wait
// beyond the end of the program.
var waiting = struct {
	sync.Mutex
	on map[unsafe.Pointer][]chan struct{}
}{on: map[unsafe.Pointer][]chan struct{}{}}

func (vm *Program) waitCond(g *machine.G, p unsafe.Pointer) {
	c, woken := (*sync.Cond)(p), make(chan struct{})
	waiting.Lock()
	waiting.on[p] = append(waiting.on[p], woken)
	waiting.Unlock()
	defer dropCond(p, woken)
	vm.locker(g, c.L, "Unlock")
	g.Wait([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(woken)}})
	vm.locker(g, c.L, "Lock")
}

// locker calls a method of what a condition is guarded with.
func (vm *Program) locker(g *machine.G, l sync.Locker, method string) {
	if t, bare := boxed.Of(l); t != nil {
		boxed.Value{Type: t, Bare: bare}.CallMethod(method)
		return
	}
	if l == nil {
		panic(value.ErrNil)
	}
	v := reflect.ValueOf(l)
	vm.nativeMethod(v.Type(), method).call(g, []reflect.Value{v})
}

// wakeCond wakes the first so many that wait; -1: all.
func wakeCond(p unsafe.Pointer, n int) {
	waiting.Lock()
	defer waiting.Unlock()
	list := waiting.on[p]
	if n < 0 || n > len(list) {
		n = len(list)
	}
	for _, woken := range list[:n] {
		close(woken)
	}
	waiting.on[p] = slices.Delete(list, 0, n)
	if len(waiting.on[p]) == 0 {
		delete(waiting.on, p)
	}
}

// dropCond takes one from the list, if it has not been woken.
func dropCond(p unsafe.Pointer, woken chan struct{}) {
	waiting.Lock()
	defer waiting.Unlock()
	if list := waiting.on[p]; slices.Contains(list, woken) {
		waiting.on[p] = slices.DeleteFunc(list, func(c chan struct{}) bool { return c == woken })
	}
	if len(waiting.on[p]) == 0 {
		delete(waiting.on, p)
	}
}
