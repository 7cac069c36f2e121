// Command wshd hosts WebSocket handlers: Go scripts in a folder, as mod_pywebsocket did in Python.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/serve"
	"wshd/host/listen"
	"wshd/plugins/compiled"
	"wshd/plugins/nearest"
)

func main() {
	if compiled.Isolated() {
		compiled.Interpret(os.Args[1:])
		return
	}
	paceGC()
	p := program{environ: os.Environ(), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(hint.Report(os.Stderr, p.run(os.Args[1:])))
}

// program is wshd, apart from the process that it runs in.
type program struct {
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// command is one of wshd's subcommands.
type command struct {
	name string
	max  int // arguments at most
	run  func(p program, f config.Flags) error
}

// run does what the command line says.
func (p program) run(args []string) error {
	if len(args) > 0 && args[0] == "dial" { // its flags are a client's, and not wshd's
		return p.dial(args[1:])
	}
	f, err := config.ParseFlags(args)
	if err != nil {
		return err
	}
	if f.About {
		return p.version(f)
	}
	if f.JSON && !f.Help && (len(f.Args) == 0 || !slices.Contains([]string{"check", "routes", "publish", "rooms", "status"}, f.Args[0])) {
		return hint.Usage(errors.New("--json goes with wshd check, routes, publish, rooms and status only"), "wshd check --json")
	}
	if (f.Template != "" || f.Update) && !f.Help && (len(f.Args) == 0 || f.Args[0] != "init") {
		return hint.Usage(errors.New("--template and --update go with wshd init only"), "wshd init --template chat mychat")
	}
	if len(f.Args) == 0 {
		if f.Help {
			return p.help(nil)
		}
		return serve.Run(serve.Config{Flags: f, Environ: p.environ, Stderr: p.stderr, Version: buildVersion()})
	}
	name := f.Args[0]
	f.Args = f.Args[1:]
	if name == "help" {
		return p.help(f.Args)
	}
	for _, c := range commandTable() {
		if c.name != name {
			continue
		}
		if f.Help {
			return p.help([]string{name})
		}
		if len(f.Args) > c.max {
			return hint.Usage(fmt.Errorf("%s: too many arguments: %s", name, f.Args[c.max]),
				"wshd help "+name)
		}
		return c.run(p, f)
	}
	return unknownCommand(name)
}

func commandTable() []command {
	return []command{
		{name: "demo", max: 0, run: program.demo},
		{name: "check", max: 1, run: program.check},
		{name: "routes", max: 1, run: program.routes},
		{name: "test", max: 1, run: program.test},
		{name: "build", max: 1, run: program.build},
		{name: "init", max: 1, run: program.initFolder},
		{name: "reload", max: 0, run: program.reload},
		{name: "publish", max: 2, run: program.publish},
		{name: "rooms", max: 0, run: program.rooms},
		{name: "status", max: 0, run: program.status},
		{name: "dial", run: func(p program, f config.Flags) error {
			return hint.Usage(errors.New("dial: its flags come behind it"), "wshd dial --frames ws://localhost:9998/echo")
		}},
		{name: "proxy-config", max: 2, run: program.proxyConfig},
		{name: "healthcheck", max: 0, run: program.healthcheck},
		{name: "completion", max: 1, run: program.completion},
		{name: "man", max: 0, run: program.man},
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
		return hint.Usage(err, "to serve the handlers in this folder: wshd -w "+name)
	case statErr == nil:
		return hint.Usage(err, "to load this file and see what is wrong with it: wshd check "+name)
	case isPort(name):
		return hint.Usage(err, "to listen on this port: wshd -p "+name)
	}
	if meant := nearest.To(name, names); meant != "" {
		return hint.Usage(err, "did you mean wshd "+meant+"?")
	}
	return hint.Usage(err, "wshd help lists the commands; wshd alone serves")
}

func isPort(s string) bool {
	_, err := listen.Parse(":" + s)
	return err == nil
}
