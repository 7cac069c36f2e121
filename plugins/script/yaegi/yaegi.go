// Package yaegi has what is written for the interpreter evaluated: it is the only one that knows yaegi.
package yaegi

import (
	"io"
	"reflect"
	"strings"

	"github.com/traefik/yaegi/interp"
)

// Evaluate runs the lowered text on an interpreter of its own, and returns the functions that it declares,
// by name. yaegi prints a line for each call that a panic unwinds: they are dropped, the panic itself knows
// where it was.
func Evaluate(texts []string, symbols map[string]reflect.Value) (map[string]reflect.Value, error) {
	in := interp.New(interp.Options{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard})
	if err := in.Use(interp.Exports{"rt/rt": symbols}); err != nil {
		return nil, err
	}
	for _, text := range texts {
		if _, err := in.Eval(text); err != nil {
			return nil, err
		}
	}
	return in.Symbols("main")["main"], nil
}
