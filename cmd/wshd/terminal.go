package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// terminal is where somebody reads along, or not: then it takes no colours and no progress.
type terminal struct {
	io.Writer
	live   bool // somebody sees what is written, as it is written
	colour bool
}

// terminalOf looks whether w is a terminal, and whether the environment speaks against colours:
// https://no-color.org.
func terminalOf(w io.Writer, environ []string) terminal {
	t := terminal{Writer: w}
	if f, ok := w.(*os.File); ok && !slices.Contains(environ, "TERM=dumb") {
		info, err := f.Stat()
		t.live = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	t.colour = t.live && !slices.ContainsFunc(environ, func(e string) bool {
		return strings.HasPrefix(e, "NO_COLOR=") && e != "NO_COLOR="
	})
	return t
}

const (
	bold  = "1"
	red   = "31"
	green = "32"
)

// paint gives text a colour.
func (t terminal) paint(colour, text string) string {
	if !t.colour || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// progress overwrites one line; "" removes it.
func (t terminal) progress(format string, args ...any) {
	if t.live {
		fmt.Fprintf(t, "\r\x1b[K"+format, args...)
	}
}
