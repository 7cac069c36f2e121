package lower

import (
	"encoding/json"
	"reflect"
	"runtime"
	"sync/atomic"
)

// What holds itself ends the process if native code goes through it: no recover stops a stack that
// overflows.

// encoding counts the boxes that are being encoded: one within the other if they hold themselves.
var encoding atomic.Int64

// encodes is called while a box is encoded. It returns an error where that has gone too deep.
func (b box) encodes() error {
	const many, most = 300, 50_000
	n := encoding.Add(1)
	if n > many && n%64 == 0 && runtime.Callers(most, make([]uintptr, 1)) > 0 {
		return &json.UnsupportedValueError{Value: reflect.ValueOf(b.v), Str: "encountered a cycle via " + b.t.name()}
	}
	return nil
}
