package encoding

import (
	"encoding/json"
	"reflect"
	"runtime"
	"sync/atomic"

	"wshd/plugins/script/boxed"
)

// What holds itself ends the process if native code goes through it: no recover stops a stack that
// overflows.

// underWay counts the boxes that are being encoded: one within the other if they hold themselves.
var underWay atomic.Int64

// encodes is called while a box is encoded. It returns an error where that has gone too deep.
func encodes(b boxed.Value) error {
	const many, most = 300, 50_000
	n := underWay.Add(1)
	if n > many && n%64 == 0 && runtime.Callers(most, make([]uintptr, 1)) > 0 {
		return &json.UnsupportedValueError{Value: reflect.ValueOf(b.Bare), Str: "encountered a cycle via " + b.Type.Name()}
	}
	return nil
}
