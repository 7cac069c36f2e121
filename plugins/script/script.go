// Package script turns one script, a Go file or a folder of them, into a runnable handler: parse,
// type-check, refuse what would not run as when compiled, interpret.
package script

import (
	"context"

	"wshd/plugins/wsh"
)

// Config says what a script may do. The zero value works.
type Config struct {
	// Output is given each line that a script prints to its standard output or error. It is
	// called by the goroutines of the script, one at a time. nil: they are dropped.
	Output func(script, line string)
}

// Load reads the script in file, a .go file or a folder holding several of one package, and makes a
// handler of it; name is what the handler is called in logs. What is wrong with the script comes
// back as Errors. Load runs the script's initialisation, for as long as ctx allows.
func Load(ctx context.Context, c Config, file, name string) (*wsh.Handler, error) {
	src, err := parse(file)
	if err != nil {
		return nil, err
	}
	prog, err := check(src)
	if err != nil {
		return nil, err
	}
	if err := refuse(prog); err != nil {
		return nil, err
	}
	h, err := interpret(ctx, prog, newOutput(c, name))
	if err != nil {
		return nil, err
	}
	h.Script = name
	return h, nil
}
