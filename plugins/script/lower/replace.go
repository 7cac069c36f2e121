package lower

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"reflect"
	"strings"

	"wshd/plugins/script/library"
)

// replacement is what a script gets instead of a function that writes to the process's own output, or that
// would not know its version.
func (vm *Program) replacement(name string) (reflect.Value, bool) {
	pkg, name, _ := strings.Cut(name, ".")
	switch pkg {
	case library.WSH:
		if name == "VersionContext" && vm.Limits.Version != nil {
			return reflect.ValueOf(func() context.Context { return vm.Limits.Version }), true
		}
	case "fmt":
		switch name {
		case "Print":
			return reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fprint(vm.out, a...) }), true
		case "Printf":
			return reflect.ValueOf(func(f string, a ...any) (int, error) { return fmt.Fprintf(vm.out, f, a...) }), true
		case "Println":
			return reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fprintln(vm.out, a...) }), true
		case "Scan", "Scanln":
			return reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fscan(strings.NewReader(""), a...) }), true
		case "Scanf":
			return reflect.ValueOf(func(f string, a ...any) (int, error) { return fmt.Fscanf(strings.NewReader(""), f, a...) }), true
		}
	case "log":
		if name == "Default" {
			return reflect.ValueOf(func() *log.Logger { return vm.logger() }), true
		}
		if name != "New" {
			if m := reflect.ValueOf(vm.logger()).MethodByName(name); m.IsValid() {
				return m, true
			}
		}
	case "log/slog":
		if name == "Default" {
			return reflect.ValueOf(func() *slog.Logger { return vm.slogger() }), true
		}
		if m := reflect.ValueOf(vm.slogger()).MethodByName(name); m.IsValid() && name != "Handler" {
			return m, true
		}
	}
	return reflect.Value{}, false
}

func (vm *Program) logger() *log.Logger {
	vm.logOnce.Do(func() { vm.log = log.New(vm.out, "", log.LstdFlags) })
	return vm.log
}

func (vm *Program) slogger() *slog.Logger {
	vm.slogOnce.Do(func() { vm.slog = slog.New(slog.NewTextHandler(vm.out, nil)) })
	return vm.slog
}
