//go:build !linux

package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"wshd/plugins/wsh"
)

// errUnsupported is why there are no such processes here.
var errUnsupported = errors.New("handlers cannot have a process of their own on this system: a connection's descriptor cannot be handed over as on Linux")

// Supported says why handlers cannot have processes of their own here; nil: they can.
func Supported() error { return errUnsupported }

// Main runs a handler until its host has gone.
func Main(*wsh.Handler) {
	fmt.Fprintln(os.Stderr, errUnsupported)
	os.Exit(2)
}

// Is reports whether this process is a handler's: it is not.
func Is() bool { return false }

// Refuse does nothing.
func Refuse(string) {}

// Failed does nothing.
func Failed(string, error) {}

// Refused is as on Linux.
type Refused struct{ Why string }

// Error implements error.
func (r *Refused) Error() string { return r.Why }

// Config is as on Linux.
type Config struct {
	Program, Name, Dir string
	Prepare            func() (args []string, done func(), err error)
	User               *User
	Env                []string
	Memory             int64
	Script             string
	WriteBuffer        int
	FlushTime          time.Duration
	Log                *slog.Logger
	Rooms              wsh.Rooms
	Output             func(line string)
	Failed             func(err error)
}

// Process is none.
type Process struct{}

// Start fails.
func Start(context.Context, Config) (*Process, error) { return nil, errUnsupported }

// Replaced does nothing.
func (*Process) Replaced() {}

// Retire does nothing.
func (*Process) Retire() {}

// ServeHTTP is not called.
func (*Process) ServeHTTP(http.ResponseWriter, *http.Request) {}

// IfItDiesAtOnce does nothing.
func (*Process) IfItDiesAtOnce(func(error)) {}

// End does nothing.
func (*Process) End(string, time.Duration) {}
