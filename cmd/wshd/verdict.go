package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"wshd/cmd/wshd/hint"
	"wshd/plugins"
	"wshd/plugins/script"
)

// verdicts is what wshd check finds, as --json prints it. docs/check.md tells what it means: what
// stands there stays.
type verdicts struct {
	OK       bool      `json:"ok"`
	Config   []mistake `json:"config"`   // of the configuration, and of the files that it names
	Warnings []string  `json:"warnings"` // what keeps nothing from working
	Handlers []verdict `json:"handlers"`
}

// verdict is what is said of one path.
type verdict struct {
	Path    string    `json:"path"`
	Script  string    `json:"script"`             // relative to the handler root
	AliasOf string    `json:"alias_of,omitempty"` // the path whose handler it is
	OK      bool      `json:"ok"`
	Hooks   []string  `json:"hooks"`
	Errors  []mistake `json:"errors"`
}

// mistake is one error, where it stands.
type mistake struct {
	File    string `json:"file"` // "": it stands in no file
	Line    int    `json:"line"` // 0: not known
	Col     int    `json:"col"`  // in bytes, from 1; 0: not known
	Message string `json:"message"`
}

// judge makes verdicts of what there is to say.
func judge(what findings) verdicts {
	v := verdicts{Config: []mistake{}, Warnings: append([]string{}, what.warnings...), Handlers: []verdict{}}
	for _, err := range what.config {
		v.Config = append(v.Config, mistakes(err)...)
	}
	v.OK = len(v.Config) == 0
	for _, r := range what.routes {
		v.OK = v.OK && r.Err == nil
		v.Handlers = append(v.Handlers, verdict{
			Path: r.Path, Script: r.Script, AliasOf: r.AliasOf,
			OK: r.Err == nil, Hooks: append([]string{}, r.Hooks...), Errors: mistakes(r.Err),
		})
		if r.Err != nil {
			v.Handlers[len(v.Handlers)-1].Hooks = []string{}
		}
	}
	return v
}

var placed = regexp.MustCompile(`^([^\s:]+):(\d+)(?::(\d+))?: `)

// mistakes takes an error apart. Errors of the configuration say in their text where they stand.
func mistakes(err error) []mistake {
	list := []mistake{}
	if err == nil {
		return list
	}
	var found script.Errors
	if errors.As(err, &found) {
		for _, e := range found {
			list = append(list, mistake{e.Pos.Filename, e.Pos.Line, e.Pos.Column, e.Msg})
		}
		return list
	}
	for _, err := range hint.Lines(err) {
		m := mistake{Message: err.Error()}
		if at := placed.FindStringSubmatch(m.Message); at != nil {
			m.File, m.Message = at[1], m.Message[len(at[0]):]
			m.Line, _ = strconv.Atoi(at[2])
			m.Col, _ = strconv.Atoi(at[3]) // "": 0
		}
		list = append(list, m)
	}
	return list
}

// print writes the verdicts as JSON.
func (v verdicts) print(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// verdictOf is what the table says of a route.
func verdictOf(r plugins.Route) string {
	var list script.Errors
	switch {
	case r.Err == nil && r.Compiled != "":
		return "compiled: " + r.Compiled
	case r.Err == nil:
		return "ok"
	case r.AliasOf != "":
		return "as " + r.AliasOf
	case !errors.As(r.Err, &list):
		return "does not load"
	case strings.HasSuffix(list[len(list)-1].Msg, "too many errors"):
		return fmt.Sprintf("over %s", count(len(list)-1, "error"))
	}
	return count(len(list), "error")
}
