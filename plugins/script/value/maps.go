package value

import (
	"reflect"
	"sync"
	"unsafe"
)

// mapLocks guard the maps of all scripts against scripts: two connections that write one map at once
// would otherwise kill the process, which no recover can stop. Native code is given copies.
var mapLocks [256]sync.RWMutex

// LockOf is the lock that guards a map, which others may share.
func LockOf(m unsafe.Pointer) *sync.RWMutex {
	h := uintptr(m) >> 4
	return &mapLocks[(h^h>>8)%256]
}

// Snapshot is a copy of a map, which nobody writes.
func Snapshot(m reflect.Value) reflect.Value {
	if m.IsNil() {
		return m
	}
	lock := LockOf(m.UnsafePointer())
	lock.RLock()
	defer lock.RUnlock()
	out := reflect.MakeMapWithSize(m.Type(), m.Len())
	for it := m.MapRange(); it.Next(); {
		out.SetMapIndex(it.Key(), it.Value())
	}
	return out
}
