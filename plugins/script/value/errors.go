package value

import (
	"runtime"
	"strings"
)

// ConversionError is runtime.TypeAssertionError.
type ConversionError string

// Error is the text of a panic with it.
func (e ConversionError) Error() string { return string(e) }

// RuntimeError makes it a runtime.Error.
func (e ConversionError) RuntimeError() {}

// RuntimeError is what the Go runtime would panic with.
type RuntimeError string

// Error is the text of a panic with it.
func (e RuntimeError) Error() string { return "runtime error: " + string(e) }

// RuntimeError makes it a runtime.Error.
func (e RuntimeError) RuntimeError() {}

var (
	_ runtime.Error = RuntimeError("")
	_ runtime.Error = PlainError("")
	_ runtime.Error = ConversionError("")
)

// ErrNil is that of a nil pointer that is followed.
const ErrNil = RuntimeError("invalid memory address or nil pointer dereference")

// PlainError is a runtime error whose text has no prefix.
type PlainError string

// Error is the text of a panic with it.
func (e PlainError) Error() string { return string(e) }

// RuntimeError makes it a runtime.Error.
func (e PlainError) RuntimeError() {}

// OwnError is what the runtime calls the type of an error that stands for one of its own; "": it is none.
func OwnError(a any) string {
	switch e := a.(type) {
	case ConversionError:
		return "*runtime.TypeAssertionError"
	case PlainError:
		return "runtime.plainError"
	case RuntimeError:
		if strings.HasPrefix(string(e), "index out of range") || strings.HasPrefix(string(e), "slice bounds out of range") {
			return "runtime.boundsError"
		}
		return "runtime.errorString"
	}
	return ""
}
