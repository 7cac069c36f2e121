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
	vm.symbols["P"] = reflect.ValueOf((*P)(nil))
	vm.symbols["S"] = reflect.ValueOf((*S)(nil))
	vm.symbols["I"] = reflect.ValueOf((*I)(nil))
	vm.symbols["G"] = reflect.ValueOf((*G)(nil))
	vm.symbols["NoFrame"] = reflect.ValueOf(&P{}).Elem()
	vm.symbols["Look"] = reflect.ValueOf((*G).look)
	vm.symbols["Call"] = reflect.ValueOf((*G).called)
	vm.symbols["Deep"] = reflect.ValueOf(func(g *G) {
		panic(&Panic{Value: runtimeError("stack overflow: calls are nested too deeply"), Stack: g.stack()})
	})
	functions, err := evaluate("package main\n\nimport \"rt\"\n\n"+vm.text.String(), vm.symbols)
	if err != nil {
		return fmt.Errorf("interpreter: %w", err)
	}
	for _, c := range vm.codes {
		c.fn = functions[fmt.Sprintf("F%d", c.number)]
		c.body = functions[fmt.Sprintf("B%d", c.number)]
	}
	vm.symbols, vm.typeNames = nil, nil
	vm.text.Reset()
	return nil
}
