package lower

import (
	"fmt"
	"reflect"
)

// An Interpreter evaluates a program that imports the package "rt", which has the given symbols, and
// returns the functions that it declares, by name.
type Interpreter func(text string, symbols map[string]reflect.Value) (map[string]reflect.Value, error)

// load has the text evaluated, and fetches the functions.
func (vm *Program) load(evaluate Interpreter) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("interpreter: %v", r)
		}
	}()
	vm.symbols["Frame"] = reflect.ValueOf((*frame)(nil))
	functions, err := evaluate("package main\n\nimport \"rt\"\n\n"+vm.text.String(), vm.symbols)
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	for _, c := range vm.codes {
		c.fn, _ = functions[fmt.Sprintf("F%d", c.number)].Interface().(func(*frame) int)
	}
	vm.symbols, vm.mentions = nil, nil
	vm.text.Reset()
	return nil
}
