package main

import (
	"wshd/cmd/wshd/dial"
	"wshd/cmd/wshd/terminal"
)

// dial is a client of any WebSocket server.
func (p program) dial(args []string) error {
	c, help, err := dial.ParseFlags(args)
	if err != nil {
		return err
	}
	if help {
		return p.help([]string{"dial"})
	}
	return dial.Run(c, dial.Streams{In: p.stdin, Out: terminal.Of(p.stdout, p.environ), Err: terminal.Of(p.stderr, p.environ)})
}
