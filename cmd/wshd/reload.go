package main

import (
	"io"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/serve"
)

// reload is the command.
func (p program) reload(f config.Flags) error {
	s, err := config.Load(f, p.environ)
	if err != nil {
		return err
	}
	text, err := serve.SendOrder(p.environ, s, "reload")
	if err != nil {
		return err
	}
	_, err = io.WriteString(p.stdout, text)
	return err
}
