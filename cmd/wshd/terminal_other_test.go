//go:build !linux

package main

import "errors"

func startOnTerminal(dir string, env, args []string) (*process, error) {
	return nil, errors.New("a terminal is made on Linux only")
}
