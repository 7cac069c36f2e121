package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// hintedError is an error with what to do next.
type hintedError struct {
	error
	hint  string
	usage bool // the command line is wrong: exit 2
}

func (e *hintedError) Unwrap() error { return e.error }

func withHint(err error, hint string) error { return &hintedError{error: err, hint: hint} }

func usageError(err error, hint string) error {
	return &hintedError{error: err, hint: hint, usage: true}
}

// report prints err for people and returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	var code exitCode
	if errors.As(err, &code) {
		return int(code)
	}
	for _, e := range flatten(err) {
		fmt.Fprintln(w, "wshd:", e)
	}
	var h *hintedError
	if !errors.As(err, &h) {
		return 1
	}
	fmt.Fprintln(w, "hint:", h.hint)
	if h.usage {
		return 2
	}
	return 1
}

// flatten gives each error that was joined a line of its own.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

// joinSorted joins errors that came in no order, each once.
func joinSorted(errs []error) error {
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errors.Join(slices.CompactFunc(errs, func(a, b error) bool { return a.Error() == b.Error() })...)
}

// cause is err without the operation and the file that an *os.PathError names, for messages that
// name them already.
func cause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// exitCode ends wshd with a status of its own when all has been said.
type exitCode int

// Error implements error.
func (c exitCode) Error() string { return "exit " + strconv.Itoa(int(c)) }

// didYouMean is the end of an error about an unknown name.
func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", name)
}
