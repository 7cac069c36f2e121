// Package terminal is where somebody reads along, or not.
package terminal

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Terminal is a writer, and what may be done on it. The zero value of the rest is a pipe or a file: it takes
// no colours and no progress.
type Terminal struct {
	io.Writer
	Person bool // somebody reads along
	Live   bool // and sees what is written over
	Colour bool
}

// Of looks whether w is a terminal, and whether the environment speaks against colours: https://no-color.org.
func Of(w io.Writer, environ []string) Terminal {
	t := Terminal{Writer: w}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		t.Person = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	t.Live = t.Person && !slices.Contains(environ, "TERM=dumb")
	t.Colour = t.Live && !slices.ContainsFunc(environ, func(e string) bool {
		return strings.HasPrefix(e, "NO_COLOR=") && e != "NO_COLOR="
	})
	return t
}

// A Style is how a terminal shows a text.
type Style string

// The styles that wshd uses.
const (
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "31"
	Green  Style = "32"
	Yellow Style = "33"
	Cyan   Style = "36"
)

// Paint gives text a style.
func (t Terminal) Paint(style Style, text string) string {
	if !t.Colour || text == "" {
		return text
	}
	return "\x1b[" + string(style) + "m" + text + "\x1b[0m"
}

// Progress overwrites one line; "" removes it.
func (t Terminal) Progress(format string, args ...any) {
	if t.Live {
		fmt.Fprintf(t, "\r\x1b[K"+format, args...)
	}
}
