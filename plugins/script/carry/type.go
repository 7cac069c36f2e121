package carry

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// Method is one that the library may look for: see Find.
type Method struct {
	name string
	page int
	at   int
}

// Find finds the method of that name and type, a function's without receiver, if the library may look
// for it.
func Find(name string, rt reflect.Type) (Method, bool) {
	for _, known := range catalog()[name] {
		if known.rt == rt {
			return known.Method, true
		}
	}
	return Method{}, false
}

// Names are the names of the methods that the library may look for, each of one or more types.
func Names() map[string]bool {
	names := map[string]bool{}
	for name := range catalog() {
		names[name] = true
	}
	return names
}

type knownMethod struct {
	Method
	rt reflect.Type
}

// catalog are all methods by name.
var catalog = sync.OnceValue(func() map[string][]knownMethod {
	all := map[string][]knownMethod{}
	for page, of := range pages {
		v := reflect.ValueOf(of)
		for i := range v.NumMethod() {
			name := v.Type().Method(i).Name
			all[name] = append(all[name], knownMethod{Method{name, page, i}, v.Method(i).Type()})
		}
	}
	return all
})

// Make makes a type for values of a script's type: its name, whether its values can be compared, and those of its methods that Find has found. What Pack returns is of that type.
//
// reflect.StructOf gives a struct of one embedded field the methods of that field: here those of a whole
// page. Of these, and of those of other pages, which lie in memory alike, the new type is left with
// the ones that are wanted. memory.go has what is taken for granted of reflect.
func Make(name string, comparable bool, methods []Method) reflect.Type {
	methods = append(slices.Clip(methods), catalog()["Carried"][0].Method)
	slices.SortFunc(methods, func(a, b Method) int { return strings.Compare(a.name, b.name) })
	methods = slices.Compact(methods)
	k := key{name, comparable, spelled(methods)}
	if rt, ok := carriers.Load(k); ok {
		return rt.(reflect.Type)
	}
	making.Lock()
	defer making.Unlock()
	rt, ok := carriers.Load(k)
	if !ok {
		rt = makeType(k, methods)
		carriers.Store(k, rt)
	}
	return rt.(reflect.Type)
}

// carriers are the types that have been made. reflect never gives one back: a script that is loaded again
// gets those that it had.
var (
	carriers sync.Map // key → reflect.Type
	making   sync.Mutex
)

type key struct {
	name       string
	comparable bool
	methods    string
}

// spelled is what tells lists of methods apart.
func spelled(methods []Method) string {
	var b strings.Builder
	for _, m := range methods {
		fmt.Fprint(&b, m.name, m.page, " ")
	}
	return b.String()
}

// makeType makes the type. What is in its tag keeps reflect from returning another.
func makeType(k key, methods []Method) reflect.Type {
	rt := embed(pages[0], fmt.Sprint(k, strings.Repeat(" ", shortest)))
	wanted := make([]entry, len(methods))
	for i, m := range methods {
		wanted[i] = tableOf(embed(pages[m.page], "")).entries()[m.at]
	}
	table := tableOf(rt)
	copy(table.entries(), wanted)
	table.count, table.exported = uint16(len(wanted)), uint16(len(wanted))
	h := headOf(rt)
	if !k.comparable {
		h.equal = nil
	}
	if rename(rt, k.name) {
		h.flags |= hasName // encoding/xml takes the type of a value with methods, if it has no name, for a pointer
	}
	return rt
}

// embed makes a struct of one field, which is embedded.
func embed(page any, tag string) reflect.Type {
	return reflect.StructOf([]reflect.StructField{
		{Name: "Value", Type: reflect.TypeOf(page), Anonymous: true, Tag: reflect.StructTag(tag)},
	})
}

// Pack makes of a value one of the type rt, which Make has made.
func Pack(rt reflect.Type, v Value) (a any) {
	*(*[2]unsafe.Pointer)(unsafe.Pointer(&a)) = [2]unsafe.Pointer{pointerTo(rt), unsafe.Pointer(&v)}
	return a
}

// Struct makes a struct's type whose text is that of a script's; named: which has a name. It has one field
// more, at its end, that nobody sees.
func Struct(name string, named bool, fields []reflect.StructField) reflect.Type {
	making.Lock()
	defer making.Unlock()
	tag := reflect.StructTag(fmt.Sprint(name, named, strings.Repeat(" ", shortest)))
	rt := reflect.StructOf(append(fields, reflect.StructField{Name: "_", PkgPath: "main", Type: reflect.TypeFor[struct{}](), Tag: tag}))
	if rename(rt, name) && named {
		headOf(rt).flags |= hasName
	}
	return rt
}
