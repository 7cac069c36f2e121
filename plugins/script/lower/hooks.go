package lower

import (
	"context"
	"fmt"
	"reflect"
)

// Init runs the package initialisations, of all packages run from source. It gives up when ctx ends;
// what then waits for something goes on waiting.
func (vm *Program) Init(ctx context.Context) error {
	done := make(chan error, 1)
	go func() {
		g := &G{vm: vm, done: ctx.Done()}
		done <- vm.initialise(g)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		vm.Stop()
		return fmt.Errorf("initialisation does not end: %w", ctx.Err())
	}
}

func (vm *Program) initialise(g *G) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = g.caught(r)
		}
	}()
	for _, p := range vm.order {
		vm.codes[p.Func("init")].exec(g, 1, nil, nil, nil, nil)
	}
	return nil
}

// Func is a function of the main package as a Go function of type T, which must be its type.
func Func[T any](vm *Program, name string) (f T, ok bool) {
	fn := vm.main.Func(name)
	if fn == nil {
		return f, false
	}
	code := vm.codes[fn]
	rt := reflect.TypeFor[T]()
	f, ok = makeFunc(rt, &closure{code, nil, rt}).Interface().(T)
	return f, ok
}
