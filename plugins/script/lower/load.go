package lower

import (
	"fmt"
	"reflect"

	"golang.org/x/tools/go/ssa"

	"wshd/plugins/script/machine"
)

// An Interpreter evaluates the texts of a program one after the other. The program imports the package
// "rt", which has the type Frame, and the natives as N0, N1 and so on, to be called with a *Frame; what is
// returned are the functions that it declares, by name.
type Interpreter func(texts []string, natives []func(*machine.Frame)) (map[string]reflect.Value, error)

// load has the text evaluated, and fetches the functions.
func (vm *Program) load(evaluate Interpreter) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("interpreter: %v", r)
		}
	}()
	for _, b := range vm.bound {
		vm.TypeOf(b.of).Bind(b.method, b.code)
	}
	functions, err := evaluate(vm.texts(), vm.natives)
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	for _, c := range vm.codes {
		if !c.Interpreted {
			continue
		}
		c.Fn, _ = functions[fmt.Sprintf("F%d", c.Number)].Interface().(func(*machine.Frame) int)
	}
	vm.settle()
	return nil
}

// settle keeps of a program what is needed to run it.
func (vm *Program) settle() {
	for _, p := range vm.order {
		vm.inits = append(vm.inits, vm.codes[p.Func("init")])
	}
	vm.functions = map[string]*machine.Code{}
	for name, m := range vm.main.Members {
		if fn, ok := m.(*ssa.Function); ok && vm.codes[fn] != nil {
			vm.functions[name] = vm.codes[fn]
		}
	}
	vm.compiling = compiling{}
}
