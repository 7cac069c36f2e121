// Package hint tells people what is wrong: errors with what to do next, and the lines that they are about.
package hint

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Error is an error with what to do next.
type Error struct {
	error
	Hint  string
	Usage bool // the command line is wrong: exit 2
}

// Unwrap returns the error without its hint.
func (e *Error) Unwrap() error { return e.error }

// With adds to err what to do next.
func With(err error, hint string) error { return &Error{error: err, Hint: hint} }

// Usage is an error of who typed the command line, with what to type.
func Usage(err error, hint string) error { return &Error{error: err, Hint: hint, Usage: true} }

// Report prints err for people and returns the exit code.
func Report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	var code Exit
	if errors.As(err, &code) {
		return int(code)
	}
	for _, e := range Lines(err) {
		fmt.Fprintln(w, "wshd:", e)
	}
	var h *Error
	if !errors.As(err, &h) {
		return 1
	}
	fmt.Fprintln(w, "hint:", h.Hint)
	if h.Usage {
		return 2
	}
	return 1
}

// Lines takes joined errors apart.
func Lines(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, Lines(e)...)
	}
	return all
}

// JoinSorted joins errors that came in no order, each once.
func JoinSorted(errs []error) error {
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(slices.CompactFunc(errs, func(a, b error) bool { return a.Error() == b.Error() })...)
}

// Cause is err without the operation and the file that an *os.PathError names, for messages that
// name them already.
func Cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// Exit ends wshd with a status of its own when all has been said.
type Exit int

// Error implements error.
func (c Exit) Error() string { return "exit " + strconv.Itoa(int(c)) }

// DidYouMean is the end of an error about an unknown name.
func DidYouMean(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", name)
}

// Text writes an error down, for Parse in another process.
func Text(err error) string {
	var b strings.Builder
	for _, e := range Lines(err) {
		fmt.Fprintln(&b, e)
	}
	var h *Error
	if errors.As(err, &h) {
		fmt.Fprintln(&b, "hint: "+h.Hint)
	}
	return b.String()
}

// Parse makes of a Text an error that Report prints as it would have printed the first.
func Parse(text string) error {
	text, hint, hinted := strings.Cut(strings.TrimRight(text, "\n"), "\nhint: ")
	var errs []error
	for line := range strings.SplitSeq(text, "\n") {
		errs = append(errs, errors.New(line))
	}
	err := errors.Join(errs...)
	if hinted {
		err = With(err, hint)
	}
	return err
}
