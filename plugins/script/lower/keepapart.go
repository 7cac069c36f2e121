package lower

import (
	"reflect"
	"strings"

	"wshd/plugins/script/boxed"
	"wshd/plugins/script/library"
	"wshd/plugins/script/value"
)

// keepApart keeps what a function is given apart from the maps that others may use meanwhile. What it
// returns is to be called when the function has returned.
func keepApart(args []reflect.Value, how library.View, format int) (after func(out []reflect.Value)) {
	if format >= 0 && strings.Contains(args[format].String(), "%p") {
		return nil
	}
	var puts []func()
	for i := range args {
		if how != library.Decode {
			args[i] = boxed.Apart(args[i], how != library.Shown, how == library.Encode)
			continue
		}
		own, put := merging(args[i])
		if args[i] = own; put != nil {
			puts = append(puts, put)
		}
	}
	if puts == nil {
		return nil
	}
	return func([]reflect.Value) {
		for _, put := range puts {
			put()
		}
	}
}

// merging has a decoder fill a map of its own in the place of one that others may use. put, if it is not
// nil, is to be called after that.
func merging(target reflect.Value) (own reflect.Value, put func()) {
	p := target
	if p.Kind() == reflect.Interface {
		p = p.Elem()
	}
	if p.Kind() != reflect.Pointer || p.IsNil() || p.Elem().Kind() != reflect.Map || p.Elem().IsNil() {
		return target, nil
	}
	to, cell := p.Elem(), reflect.New(p.Type().Elem())
	cell.Elem().Set(reflect.MakeMap(to.Type()))
	return cell, func() {
		if cell.Elem().IsNil() { // from a null
			to.SetZero()
			return
		}
		lock := value.LockOf(to.UnsafePointer())
		lock.Lock()
		defer lock.Unlock()
		for it := cell.Elem().MapRange(); it.Next(); {
			to.SetMapIndex(it.Key(), it.Value())
		}
	}
}

// callApart calls a native function. If it is a method of a map, such as http.Header's, it does what it
// does as scripts do.
func callApart(fn reflect.Value, args []reflect.Value, method string) []reflect.Value {
	if method == "" {
		return callValues(fn, args)
	}
	lock := value.LockOf(args[0].UnsafePointer())
	switch method {
	case "Set", "Add", "Del":
		lock.Lock()
		defer lock.Unlock()
	case "Get", "Values", "Has", "Encode", "Clone":
		lock.RLock()
		defer lock.RUnlock()
	default: // it may wait
		args[0] = value.Snapshot(args[0])
	}
	return callValues(fn, args)
}
