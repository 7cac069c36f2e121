package lower

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
	"wshd/plugins/wsh"
)

// patience is how long an initialisation that has been told to end may take to say where it was: on a busy
// machine it may not get to run for a while.
const patience = 2 * time.Second

// Init runs the package initialisations, of all packages run from source. It gives up when ctx ends. If
// it fails the program is stopped.
func (vm *Program) Init(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- vm.initialise(&machine.G{Machine: vm.Machine}) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		err = fmt.Errorf("the initialisation does not end: %w", ctx.Err())
		vm.Ending.End(err.Error(), nil)
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case where := <-done:
			if where != nil {
				err = where
			}
		case <-timer.C: // in native code, which cannot be ended
		}
	}
	if err != nil {
		vm.Stop()
	}
	return err
}

func (vm *Program) initialise(g *machine.G) (err error) {
	defer g.Pauses()
	defer func() {
		if r := recover(); r != nil {
			err = g.Caught(r)
		}
	}()
	for _, code := range vm.inits {
		code.Enter(g, nil).Run()
	}
	return nil
}

// isHook reports whether fn is one that the host may call and that returns an error.
func isHook(fn *ssa.Function) bool {
	return fn.Parent() == nil && fn.Signature.Recv() == nil &&
		slices.Contains([]string{"DoExtraHandshake", "TransferData", "PassiveClosingHandshake"}, fn.Name())
}

// Func is a function of the main package as a Go function of type T, which must be its type.
func Func[T any](vm *Program, name string) (f T, ok bool) {
	code := vm.functions[name]
	if code == nil {
		return f, false
	}
	if hook, ok := any(&f).(*func(*wsh.Request) error); ok {
		*hook = code.Hook()
		return f, true
	}
	rt := reflect.TypeFor[T]()
	f, ok = machine.MakeFunc(rt, &machine.Closure{Code: code, Type: rt, Hook: true}).Interface().(T)
	return f, ok
}
