package encoding

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"sync"
	"unsafe"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/value"
)

// CallJSON calls a function that decodes JSON. It adds to the maps that are there already, and so holds
// their locks; what a decoder reads is read before, since that may wait.
func CallJSON(args []reflect.Value, call func(args []reflect.Value) []reflect.Value) []reflect.Value {
	last := len(args) - 1
	var locks mapLockSet
	locks.find(args[last], 0)
	if len(locks.list) == 0 {
		return call(args)
	}
	if d, ok := args[0].Interface().(*json.Decoder); ok && d != nil {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return []reflect.Value{reflect.ValueOf(&err).Elem()}
		}
		args = []reflect.Value{reflect.ValueOf(sameDecoder(d, raw)), args[last]}
	}
	slices.SortFunc(locks.list, func(a, b *sync.RWMutex) int {
		return int(uintptr(unsafe.Pointer(a))) - int(uintptr(unsafe.Pointer(b)))
	})
	for _, l := range locks.list {
		l.Lock()
		defer l.Unlock()
	}
	return call(args)
}

// sameDecoder is a decoder of raw with the options of another, which are found by their names.
func sameDecoder(d *json.Decoder, raw []byte) *json.Decoder {
	out := json.NewDecoder(bytes.NewReader(raw))
	state := reflect.ValueOf(d).Elem().FieldByName("d")
	is := func(option string) bool {
		f := state
		if f.IsValid() {
			f = f.FieldByName(option)
		}
		return f.IsValid() && f.Kind() == reflect.Bool && f.Bool()
	}
	if is("useNumber") {
		out.UseNumber()
	}
	if is("disallowUnknownFields") {
		out.DisallowUnknownFields()
	}
	return out
}

// mapLockSet is the locks of the maps that decoding into a value would add to.
type mapLockSet struct {
	list []*sync.RWMutex
	value.Path
}

func (s *mapLockSet) find(v reflect.Value, depth int) {
	if !v.IsValid() || depth > 1000 || v.Kind() != reflect.Interface && !boxed.HoldsMaps(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.Interface:
		if v.Elem().Kind() == reflect.Pointer {
			s.find(v.Elem(), depth+1)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if again, _ := s.Enter(v); again {
			return
		}
		defer s.Leave()
		s.find(v.Elem(), depth+1)
	case reflect.Map:
		if l := value.LockOf(v.UnsafePointer()); !v.IsNil() && !slices.Contains(s.list, l) {
			s.list = append(s.list, l)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			s.find(v.Index(i), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() || f.Anonymous {
				s.find(v.Field(i), depth+1)
			}
		}
	}
}

// setLocked sets an entry of a map that others may use.
func setLocked(m, k, v reflect.Value) {
	lock := value.LockOf(m.UnsafePointer())
	lock.Lock()
	defer lock.Unlock()
	m.SetMapIndex(k, v)
}
