package lower

import (
	"context"
	"fmt"
	"reflect"
	"wshd/plugins/wsh"
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
		vm.codes[p.Func("init")].enter(g, nil).run()
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
	if hook, ok := any(&f).(*func(*wsh.Request) error); ok {
		*hook = code.hook()
		return f, true
	}
	rt := reflect.TypeFor[T]()
	f, ok = makeFunc(rt, &closure{code, nil, rt}).Interface().(T)
	return f, ok
}

// hook is a function for the host to call with a request. What reflect.MakeFunc makes takes more stack,
// and connections wait in these calls.
func (c *Code) hook() func(*wsh.Request) error {
	request, result := c.params[0].off, c.results[0].off
	return func(r *wsh.Request) error {
		fr := c.enter(&G{vm: c.vm}, nil)
		*(**wsh.Request)(fr.at(request)) = r
		fr.answer()
		return *(*error)(fr.at(result))
	}
}
