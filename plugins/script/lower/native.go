package lower

import (
	"errors"
	"fmt"
	"go/types"
	"log"
	"log/slog"
	"reflect"
	"strings"
	"sync/atomic"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// exits end the process, or reach what belongs to the host.
var exits = map[string]string{
	"log.Fatal": "it ends the whole host: return an error, or use log.Panic", "log.Fatalf": "it ends the whole host: return an error, or use log.Panicf",
	"log.Fatalln": "it ends the whole host: return an error, or use log.Panicln", "(*log.Logger).Fatal": "it ends the whole host: use Panic",
	"(*log.Logger).Fatalf": "it ends the whole host: use Panicf", "(*log.Logger).Fatalln": "it ends the whole host: use Panicln",
	"net/http.Handle": "all scripts would share its table: use http.NewServeMux", "net/http.HandleFunc": "all scripts would share its table: use http.NewServeMux",
	"log/slog.SetDefault": "the default logger is the host's: keep your own in a variable",
}

// replacement is what a script gets instead of a function that writes to the process's own output.
func (vm *Program) replacement(name string) (reflect.Value, bool) {
	pkg, name, _ := strings.Cut(name, ".")
	switch pkg {
	case "fmt":
		switch name {
		case "Print":
			return reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fprint(vm.out, a...) }), true
		case "Printf":
			return reflect.ValueOf(func(f string, a ...any) (int, error) { return fmt.Fprintf(vm.out, f, a...) }), true
		case "Println":
			return reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fprintln(vm.out, a...) }), true
		case "Scan", "Scanln":
			return reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fscan(strings.NewReader(""), a...) }), true
		case "Scanf":
			return reflect.ValueOf(func(f string, a ...any) (int, error) { return fmt.Fscanf(strings.NewReader(""), f, a...) }), true
		}
	case "log":
		if name == "Default" {
			return reflect.ValueOf(func() *log.Logger { return vm.logger() }), true
		}
		if name != "New" {
			if m := reflect.ValueOf(vm.logger()).MethodByName(name); m.IsValid() {
				return m, true
			}
		}
	case "log/slog":
		if name == "Default" {
			return reflect.ValueOf(func() *slog.Logger { return vm.slogger() }), true
		}
		if m := reflect.ValueOf(vm.slogger()).MethodByName(name); m.IsValid() && name != "Handler" {
			return m, true
		}
	}
	return reflect.Value{}, false
}

func (vm *Program) logger() *log.Logger {
	vm.logOnce.Do(func() { vm.log = log.New(vm.out, "", log.LstdFlags) })
	return vm.log
}

func (vm *Program) slogger() *slog.Logger {
	vm.slogOnce.Do(func() { vm.slog = slog.New(slog.NewTextHandler(vm.out, nil)) })
	return vm.slog
}

// intrinsic compiles a call of a native function that must know about boxes, or is generic.
func (c *compiler) intrinsic(fn *ssa.Function, call *ssa.CallCommon, at operands, dst ref) op {
	name := originName(fn)
	if why := exits[name]; why != "" {
		c.refuse("%s is not open to scripts: %s", name, why)
	}
	arg := func(i int) ref { return at(call.Args[i]) }
	switch name {
	case "errors.Is":
		a, b := arg(0), arg(1)
		return func(fr *frame) {
			*(*bool)(dst.at(fr)) = errorIs(*(*error)(a.at(fr)), *(*error)(b.at(fr)))
		}
	case "errors.As":
		a, b := arg(0), arg(1)
		vm := c.Program
		return func(fr *frame) {
			*(*bool)(dst.at(fr)) = vm.errorAs(*(*error)(a.at(fr)), *(*any)(b.at(fr)))
		}
	case "errors.AsType":
		return c.errorAsType(fn, arg(0), dst)
	case "(*sync/atomic.Pointer).Load":
		p := arg(0)
		return func(fr *frame) {
			*(*unsafe.Pointer)(dst.at(fr)) = atomic.LoadPointer((*unsafe.Pointer)(deref(p.at(fr))))
		}
	case "(*sync/atomic.Pointer).Store":
		p, v := arg(0), arg(1)
		return func(fr *frame) { atomic.StorePointer((*unsafe.Pointer)(deref(p.at(fr))), ptrAt(v.at(fr))) }
	case "(*sync/atomic.Pointer).Swap":
		p, v := arg(0), arg(1)
		return func(fr *frame) {
			*(*unsafe.Pointer)(dst.at(fr)) = atomic.SwapPointer((*unsafe.Pointer)(deref(p.at(fr))), ptrAt(v.at(fr)))
		}
	case "(*sync/atomic.Pointer).CompareAndSwap":
		p, o, v := arg(0), arg(1), arg(2)
		return func(fr *frame) {
			*(*bool)(dst.at(fr)) = atomic.CompareAndSwapPointer((*unsafe.Pointer)(deref(p.at(fr))), ptrAt(o.at(fr)), ptrAt(v.at(fr)))
		}
	}
	if f := c.frequent(name, call, arg, dst); f != nil {
		return f
	}
	if fn.Blocks != nil {
		return nil
	}
	if v, ok := c.replacement(name); ok {
		return c.callNative(v, fn.Object(), call, at, dst)
	}
	if v := c.generic(name, fn); v.IsValid() {
		return c.callNative(v, fn.Object(), call, at, dst)
	}
	return nil
}

// isIntrinsic reports whether calls of fn, which has a body, are done natively all the same.
func (c *compiler) isIntrinsic(fn *ssa.Function) bool {
	return exits[originName(fn)] != ""
}

// intrinsicValue is a native function that is replaced, as a value.
func (c *compiler) intrinsicValue(fn *ssa.Function) reflect.Value {
	name := originName(fn)
	if why := exits[name]; why != "" {
		c.refuse("%s is not open to scripts: %s", name, why)
	}
	switch name {
	case "errors.Is":
		return reflect.ValueOf(errorIs)
	case "errors.As":
		return reflect.ValueOf(c.errorAs)
	}
	if fn.Blocks == nil {
		if v, ok := c.replacement(name); ok {
			return v
		}
		return c.generic(name, fn)
	}
	return reflect.Value{}
}

// originName is a function's name with its package's path, without type arguments.
func originName(fn *ssa.Function) string {
	obj, ok := fn.Object().(*types.Func)
	if !ok || obj.Pkg() == nil {
		return ""
	}
	recv := obj.Signature().Recv()
	if recv == nil {
		return obj.Pkg().Path() + "." + obj.Name()
	}
	t, star := types.Unalias(recv.Type()), ""
	if p, ok := t.(*types.Pointer); ok {
		t, star = types.Unalias(p.Elem()), "*"
	}
	if n, ok := t.(*types.Named); ok {
		return "(" + star + obj.Pkg().Path() + "." + n.Obj().Name() + ")." + obj.Name()
	}
	return ""
}

// errorIs is errors.Is, which compares boxes as the values in them.
func errorIs(err, target error) bool {
	if err == nil || target == nil {
		return err == target
	}
	comparable := isComparable(target)
	return walk(err, func(e error) bool {
		if comparable && isComparable(e) && equalValues(unwrap(e), unwrap(target)) {
			return true
		}
		x, ok := unwrapped(e).(interface{ Is(error) bool })
		return ok && x.Is(target)
	})
}

func isComparable(e error) bool {
	if t, _ := unboxed(e); t != nil {
		return types.Comparable(t.typ)
	}
	return reflect.TypeOf(e).Comparable()
}

func unwrapped(e error) any {
	return e
}

// walk calls f with err and all that it wraps, in errors.Is's order, until f is content.
func walk(err error, f func(error) bool) bool {
	for err != nil {
		if f(err) {
			return true
		}
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			next := x.Unwrap()
			if next == nil {
				if m, ok := x.(interface{ unwrapMany() []error }); ok {
					for _, e := range m.unwrapMany() {
						if walk(e, f) {
							return true
						}
					}
				}
			}
			err = next
		case interface{ Unwrap() []error }:
			for _, e := range x.Unwrap() {
				if walk(e, f) {
					return true
				}
			}
			return false
		default:
			return false
		}
	}
	return false
}

// errorAs is errors.As, which knows pointers to a script's types.
func (vm *Program) errorAs(err error, target any) bool {
	t, bare := unboxed(target)
	if t == nil {
		return errors.As(err, target)
	}
	p, ok := t.typ.Underlying().(*types.Pointer)
	if !ok || bare == nil || reflect.ValueOf(bare).IsNil() {
		panic(plainError("errors: target must be a non-nil pointer"))
	}
	return vm.asInto(err, p.Elem(), reflect.ValueOf(bare).UnsafePointer(), target)
}

func (vm *Program) asInto(err error, want types.Type, dst unsafe.Pointer, target any) bool {
	wanted := vm.typeOf(want)
	iface, isIface := want.Underlying().(*types.Interface)
	return walk(err, func(e error) bool {
		a := unwrap(e)
		t, bare := unboxed(a)
		switch {
		case isIface && vm.missing(a, iface, wanted.rt) == "":
			vm.storeIface(dst, wanted.rt, want, a)
			return true
		case !isIface && wanted.scripted && t == wanted:
			put(wanted.rt, dst, reflect.ValueOf(bare))
			return true
		case !isIface && !wanted.scripted && t == nil && reflect.TypeOf(a) == wanted.rt:
			put(wanted.rt, dst, reflect.ValueOf(a))
			return true
		}
		x, ok := e.(interface{ As(any) bool })
		return ok && target != nil && x.As(target)
	})
}

func (c *compiler) errorAsType(fn *ssa.Function, err, dst ref) op {
	want := fn.TypeArgs()[0]
	vm, rt := c.Program, c.rtype(want)
	okOff := c.rtype(fn.Signature.Results()).Field(1).Offset
	return func(fr *frame) {
		p := dst.at(fr)
		reflect.NewAt(rt, p).Elem().SetZero()
		*(*bool)(unsafe.Add(p, okOff)) = vm.asInto(*(*error)(err.at(fr)), want, p, nil)
	}
}

// Error makes a box of a script's error an error.
func (b errBox) Error() string {
	if s, ok := b.callString("Error"); ok {
		return s
	}
	return "<nil>"
}

// callString calls a method without parameters that returns a string.
func (b box) callString(name string) (string, bool) {
	out, ok := b.callMethod(name)
	if !ok || len(out) != 1 || out[0].Kind() != reflect.String {
		return "", false
	}
	return out[0].String(), true
}

// callMethod calls an exported method of the value in the box.
func (b box) callMethod(name string, args ...reflect.Value) ([]reflect.Value, bool) {
	code := b.t.method(nil, name)
	if code == nil {
		return nil, false
	}
	rt := reflect.FuncOf(nil, resultTypes(code), false)
	cl := &closure{code: code, rt: rt}
	return cl.calledOn(b.v, args), true
}

func resultTypes(code *Code) []reflect.Type {
	list := make([]reflect.Type, len(code.results))
	for i, r := range code.results {
		list[i] = r.rt
	}
	return list
}

// Unwrap is the script's method of that name.
func (b errBox) Unwrap() error {
	if out, ok := b.callMethod("Unwrap"); ok && len(out) == 1 {
		err, _ := out[0].Interface().(error)
		return err
	}
	return nil
}

func (b errBox) unwrapMany() []error {
	if out, ok := b.callMethod("Unwrap"); ok && len(out) == 1 {
		list, _ := out[0].Interface().([]error)
		return list
	}
	return nil
}

// Is is the script's method of that name.
func (b errBox) Is(target error) bool {
	if out, ok := b.callMethod("Is", reflect.ValueOf(&target).Elem()); ok && len(out) == 1 && out[0].Kind() == reflect.Bool {
		return out[0].Bool()
	}
	return false
}

// As is the script's method of that name.
func (b errBox) As(target any) bool {
	if out, ok := b.callMethod("As", reflect.ValueOf(&target).Elem()); ok && len(out) == 1 && out[0].Kind() == reflect.Bool {
		return out[0].Bool()
	}
	return false
}
