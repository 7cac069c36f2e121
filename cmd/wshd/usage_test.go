package main

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
)

func TestWrongCommandLinesTeach(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("handlers", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ args, want, hint string }{
		{"--prot 80", "unknown flag --prot", "did you mean --port?"},
		{"--websock_handler x", "unknown flag --websock_handler", "did you mean --websock-handlers?"},
		{"--frobnicate", "unknown flag --frobnicate", "wshd --help lists the flags"},
		{"-z", "unknown flag -z", "wshd --help lists the flags"},
		{"-origins x", "unknown flag -o", "long names take two dashes: --origins"},
		{"-p", `flag needs an argument: 'p' in -p`, "wshd --help lists the flags"},
		{"handlers", `unknown command "handlers"`, "to serve the handlers in this folder: wshd -w handlers"},
		{"9998", `unknown command "9998"`, "to listen on this port: wshd -p 9998"},
		{"chekc", `unknown command "chekc"`, "did you mean wshd check?"},
		{"serve", `unknown command "serve"`, "wshd help lists the commands; wshd alone serves"},
		{"help me", `unknown command "me"`, "wshd help lists the commands; wshd alone serves"},
		{"routes handlers more", `routes: too many arguments: more`, "wshd help routes"},
		{"init", `init: no folder`, "wshd init mychat"},
	} {
		t.Run(tt.args, func(t *testing.T) {
			var out, errOut strings.Builder
			err := program{stdout: &out, stderr: &errOut}.run(strings.Fields(tt.args))
			var h *hint.Error
			if !errors.As(err, &h) || !h.Usage || h.Error() != tt.want || h.Hint != tt.hint {
				t.Errorf("got %v (%+v)\nwant %s\nhint %s", err, h, tt.want, tt.hint)
			}
		})
	}
}

func TestUsageNamesEveryFlagAndCommand(t *testing.T) {
	set := config.AllFlags()
	set.VisitAll(func(f *pflag.Flag) {
		if !strings.Contains(usage, "--"+f.Name) {
			t.Errorf("usage lacks --%s", f.Name)
		}
		if f.Shorthand != "" && !strings.Contains(usage, "  -"+f.Shorthand+", --"+f.Name) && !strings.Contains(usage, "(-"+f.Shorthand+")") {
			t.Errorf("usage lacks -%s of --%s", f.Shorthand, f.Name)
		}
	})
	for _, c := range commandTable() {
		if !strings.Contains(usage, "  wshd "+c.name) || commandUsage[c.name] == "" {
			t.Errorf("usage lacks wshd %s", c.name)
		}
	}
	for _, text := range append([]string{usage}, slices.Collect(maps.Values(commandUsage))...) {
		for line := range strings.SplitSeq(text, "\n") {
			if len(line) > 80 || line != strings.TrimRight(line, " ") {
				t.Errorf("%q is longer than a terminal's line, or ends in spaces", line)
			}
		}
	}
}
