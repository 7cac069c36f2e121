package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/dial"
	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/manual"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

// arguments are what the commands' arguments are, for who completes them.
var arguments = map[string]struct {
	words []string
	value string
}{
	"check": {value: "FILE|DIR"}, "routes": {value: "DIR"}, "build": {value: "DIR"}, "test": {value: "FILE|DIR"}, "init": {value: "DIR"},
	"proxy-config": {words: servers()}, "completion": {words: shells},
}

// servers are the web servers that proxy-config knows.
func servers() (names []string) {
	entries, err := proxyTemplates.ReadDir("proxyconf")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// theManual is the help, taken apart.
func theManual() manual.Manual {
	m := manual.Manual{Usage: usage, Words: config.Words()}
	for _, c := range commandTable() {
		command := manual.Command{Name: c.name, Usage: commandUsage[c.name], Words: arguments[c.name].words, Value: arguments[c.name].value}
		if c.name == "dial" {
			command.Flags = manual.Flags(flagsOfDial())
		}
		m.Commands = append(m.Commands, command)
	}
	m.Commands = append(m.Commands, manual.Command{Name: "help", Usage: "wshd help [COMMAND] prints more about a command."})
	help := &m.Commands[len(m.Commands)-1]
	for _, c := range m.Commands {
		help.Words = append(help.Words, c.Name)
	}
	return m
}

// flagsOfDial are the lines of its flags.
func flagsOfDial() (text string) {
	for _, f := range dial.FlagHelp() {
		text += fmt.Sprintf("  %-22s %s\n", f[0], f[1])
	}
	return text
}

// completion prints what a shell completes by.
func (p program) completion(f config.Flags) error {
	if len(f.Args) == 0 || !slices.Contains(shells, f.Args[0]) {
		return hint.Usage(errors.New("completion: for which shell? bash, zsh, fish or powershell"), "source <(wshd completion bash)")
	}
	m := theManual()
	text := map[string]func() string{"bash": m.Bash, "zsh": m.Zsh, "fish": m.Fish, "powershell": m.PowerShell}[f.Args[0]]()
	_, err := io.WriteString(p.stdout, text)
	return err
}

// man prints the man page.
func (p program) man(config.Flags) error {
	_, err := io.WriteString(p.stdout, theManual().Man(buildVersion()))
	return err
}
