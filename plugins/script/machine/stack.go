package machine

import (
	"errors"
	"fmt"
	"go/token"
	"strings"
)

// Site is a place in the script.
type Site struct {
	Code *Code
	Pos  pos
}

// String is "file:line:col function".
func (s *Site) String() string { return s.position().String() + " " + s.Code.Name }

func (s *Site) position() token.Position { return s.Code.Machine.fset.Position(s.Pos) }

// calls is where g is, the innermost call first. Of very many it leaves out all but the first ones and
// the last: then there is a nil.
func (g *G) calls() (list []*Site) {
	const most = 10
	var last *Site
	for fr := g.Top; fr != nil; fr = fr.Caller {
		switch {
		case fr.Site == nil: // it keeps the operands of a deferred call
		case len(list) < most:
			list = append(list, fr.Site)
		default:
			last = fr.Site
		}
	}
	if last != nil {
		list = append(list, nil, last)
	}
	return list
}

// stackText has the calls on one line. Of very many it, too, leaves some out.
func stackText(list []*Site) string {
	if most := 20; len(list) > most {
		list = append(append(list[:most:most], nil), list[len(list)-1])
	}
	parts := make([]string, len(list))
	for i, s := range list {
		if parts[i] = "…"; s != nil {
			parts[i] = s.String()
		}
	}
	return strings.Join(parts, " ← ")
}

// Failure is an error that a hook has returned, with where. It asks the script's own errors nothing
// that could fail.
type Failure struct {
	err  error
	text string
	at   *Site
}

// failure makes what the host is given of an error.
func (g *G) failure(err error) error {
	if err == nil || g.Returned == nil {
		return err
	}
	return &Failure{err, err.Error(), g.Returned}
}

// Error is "file:line:col: what".
func (f *Failure) Error() string { return fmt.Sprintf("%v: %s", f.at.position(), f.text) }

// Is is errors.Is of the script's error.
func (f *Failure) Is(target error) (is bool) {
	defer func() { _ = recover() }() // the script's own Is may panic
	return errors.Is(f.err, target)
}

// As is errors.As of the script's error.
func (f *Failure) As(target any) (is bool) {
	defer func() { _ = recover() }() // the script's own As may panic
	return errors.As(f.err, target)
}
