package lower

import (
	"fmt"
	"reflect"

	"wshd/plugins/script/machine"
)

// An Interpreter evaluates the texts of a program one after the other. The program imports the package
// "rt", which has the given symbols; what is returned are the functions that it declares, by name.
type Interpreter func(texts []string, symbols map[string]reflect.Value) (map[string]reflect.Value, error)

// load has the text evaluated, and fetches the functions.
func (vm *Program) load(evaluate Interpreter) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("interpreter: %v", r)
		}
	}()
	vm.symbols["Frame"] = reflect.ValueOf((*machine.Frame)(nil))
	functions, err := evaluate(vm.texts(), vm.symbols)
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	for _, c := range vm.codes {
		if !c.Interpreted {
			continue
		}
		c.Fn, _ = functions[fmt.Sprintf("F%d", c.Number)].Interface().(func(*machine.Frame) int)
	}
	vm.symbols, vm.mentions, vm.sources = nil, nil, nil
	return nil
}
