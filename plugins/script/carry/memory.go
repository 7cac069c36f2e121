package carry

import (
	"reflect"
	"unsafe"
)

// What is taken for granted of where reflect keeps the parts of a struct's type, which TestTypes tells if
// it is so no more.

// head is what all types begin with.
type head struct {
	size, pointers             uintptr
	hash                       uint32
	flags, align, field, shape uint8
	equal                      unsafe.Pointer
}

// hasName is the flag of a type that has a name of its own.
const hasName = 1 << 2

// table is what lies behind a struct's type that has methods, before them.
type table struct {
	_               int32
	count, exported uint16
	first, _        uint32
}

// tableAt is where it lies.
const tableAt = 80

// entry is a method: the places of its name, its type and its code.
type entry [4]int32

func pointerTo(rt reflect.Type) unsafe.Pointer { return (*[2]unsafe.Pointer)(unsafe.Pointer(&rt))[1] }

func headOf(rt reflect.Type) *head { return (*head)(pointerTo(rt)) }

func tableOf(rt reflect.Type) *table {
	t := (*table)(unsafe.Add(pointerTo(rt), tableAt))
	if int(t.count) != rt.NumMethod() {
		panic("package carry does not know how reflect keeps the methods of " + rt.String())
	}
	return t
}

func (t *table) entries() []entry {
	return unsafe.Slice((*entry)(unsafe.Add(unsafe.Pointer(t), t.first)), t.count)
}

// shortest and longest are what the text of a type can have, for its length to take two bytes.
const shortest, longest = 1 << 7, 1<<14 - 1

// rename makes the text of a type that nobody has yet another, which is not longer. The text comes after
// its length, in sevens of bits.
func rename(rt reflect.Type, name string) bool {
	old := rt.String()
	if len(old) < shortest || len(old) > longest || len(name) > len(old) {
		return false
	}
	text := unsafe.Pointer(unsafe.StringData(old))
	length := (*[2]byte)(unsafe.Add(text, -2))
	if *length != sevens(len(old)) {
		return false
	}
	copy(unsafe.Slice((*byte)(text), len(old)), name)
	*length = sevens(len(name))
	return true
}

func sevens(n int) [2]byte { return [2]byte{byte(n) | 0x80, byte(n >> 7)} }
