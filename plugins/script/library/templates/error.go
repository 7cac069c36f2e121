package templates

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"text/template"
)

// templateError is an error of one of our functions that a template would have found by itself.
type templateError struct {
	text     string
	cause    error
	said, at string // by and where in the template, if it is not the call
}

func (e *templateError) Error() string { return e.text }

func (e *templateError) Unwrap() error { return e.cause }

// explain has an error of Execute read as if there were no functions of ours.
func explain(out []reflect.Value) {
	exec, ok := out[0].Interface().(template.ExecError)
	if !ok {
		return
	}
	text, cause := exec.Error(), errors.Unwrap(exec.Err)
	if own, ok := cause.(*templateError); ok {
		head, tail, _ := strings.Cut(text, " at <")
		said, _, _ := strings.Cut(tail, ">: error calling ")
		if said = original(said); own.said != "" {
			said = own.said
		}
		if _, name, ok := strings.Cut(head, ": executing "); ok && own.at != "" {
			head = "template: " + own.at + ": executing " + name
		}
		text, cause = head+" at <"+said+">: "+own.text, own.cause
	} else if strings.Contains(text, prefix) {
		text = original(strings.Replace(text, "error calling "+prefix, "error calling ", 1))
	} else {
		return
	}
	err := error(template.ExecError{Name: exec.Name, Err: &templateError{text: text, cause: cause}})
	out[0] = reflect.ValueOf(&err).Elem()
}

// original puts what a template said in the place of what it was rewritten to.
func original(text string) string {
	for {
		before, after, ok := strings.Cut(text, prefix)
		if !ok {
			return text
		}
		end := endOfCommand(after)
		if piped, ok := strings.CutSuffix(before, " | "); ok {
			text = piped + after[end:]
			continue
		}
		_, rest, _ := strings.Cut(after[:end], " ")
		quoted, _ := strconv.QuotedPrefix(rest)
		said, _ := strconv.Unquote(quoted)
		after = after[end:]
		if open, ok := strings.CutSuffix(before, "("); ok {
			before, after = open, strings.TrimPrefix(after, ")")
		}
		text = before + said + after
	}
}

// endOfCommand is where the command that text begins with ends.
func endOfCommand(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"', '`':
			quoted, _ := strconv.QuotedPrefix(text[i:])
			i += max(len(quoted)-1, 0)
		case '(':
			depth++
		case ')', '|', '}', '>':
			if depth == 0 {
				return len(strings.TrimRight(text[:i], " "))
			}
			if c == ')' {
				depth--
			}
		}
	}
	return len(text)
}
