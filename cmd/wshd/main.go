// Command wshd hosts WebSocket handlers: Go scripts in a folder, as mod_pywebsocket did in Python.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"wshd/plugins/nearest"
)

func main() {
	paceGC()
	p := program{environ: os.Environ(), stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(report(os.Stderr, p.run(os.Args[1:])))
}

// program is wshd, apart from the process that it runs in.
type program struct {
	environ        []string
	stdout, stderr io.Writer
}

// command is one of wshd's subcommands.
type command struct {
	name string
	max  int // arguments at most
	run  func(p program, f flags) error
}

// run does what the command line says.
func (p program) run(args []string) error {
	f, err := parseFlags(args)
	if err != nil {
		return err
	}
	if f.about {
		return p.version(f)
	}
	if f.json && !f.help && (len(f.args) == 0 || f.args[0] != "check") {
		return usageError(errors.New("--json goes with wshd check only"), "wshd check --json")
	}
	if len(f.args) == 0 {
		if f.help {
			return p.help(nil)
		}
		return p.serve(f)
	}
	name := f.args[0]
	f.args = f.args[1:]
	if name == "help" {
		return p.help(f.args)
	}
	for _, c := range commandTable() {
		if c.name != name {
			continue
		}
		if f.help {
			return p.help([]string{name})
		}
		if len(f.args) > c.max {
			return usageError(fmt.Errorf("%s: too many arguments: %s", name, f.args[c.max]),
				"wshd help "+name)
		}
		return c.run(p, f)
	}
	return unknownCommand(name)
}

func commandTable() []command {
	return []command{
		{name: "check", max: 1, run: program.check},
		{name: "routes", max: 1, run: program.routes},
		{name: "init", max: 1, run: program.initFolder},
		{name: "reload", max: 0, run: program.reload},
		{name: "proxy-config", max: 2, run: program.proxyConfig},
		{name: "healthcheck", max: 0, run: program.healthcheck},
		{name: "version", max: 0, run: program.version},
	}
}

// unknownCommand teaches: who types a folder or a port wants to serve it.
func unknownCommand(name string) error {
	var names []string
	for _, c := range commandTable() {
		names = append(names, c.name)
	}
	err := fmt.Errorf("unknown command %q", name)
	info, statErr := os.Stat(name)
	switch {
	case statErr == nil && info.IsDir():
		return usageError(err, "to serve the handlers in this folder: wshd -w "+name)
	case statErr == nil:
		return usageError(err, "to load this file and see what is wrong with it: wshd check "+name)
	case isPort(name):
		return usageError(err, "to listen on this port: wshd -p "+name)
	}
	if meant := nearest.To(name, names); meant != "" {
		return usageError(err, "did you mean wshd "+meant+"?")
	}
	return usageError(err, "wshd help lists the commands; wshd alone serves")
}
