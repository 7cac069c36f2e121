package pattern

import (
	"bytes"
	"fmt"
	"go/scanner"
	"go/token"
	"strings"
)

// Declared is a pattern that a handler's file says, or what is wrong with how it does.
type Declared struct {
	Pattern string
	Pos     token.Position
	Err     error
}

const directive = "//wsh:"

// Of lists the patterns that a file says, by a comment //wsh:path /rooms/{room} above its package clause, in
// order. name is the file's, for their positions.
func Of(name string, text []byte) (list []Declared) {
	if !bytes.Contains(text, []byte("wsh:")) {
		return nil
	}
	file := token.NewFileSet().AddFile(name, -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, scanner.ScanComments)
	above := true
	for {
		pos, tok, lit := s.Scan()
		switch tok {
		case token.EOF:
			return list
		case token.PACKAGE:
			above = false
		case token.COMMENT:
			if d, ok := declaredBy(lit, above); ok {
				d.Pos = file.PositionFor(pos, false)
				list = append(list, d)
			}
		}
	}
}

// declaredBy reads one comment.
func declaredBy(comment string, above bool) (d Declared, ok bool) {
	comment = strings.TrimRight(comment, " \t\r")
	words := strings.Fields(comment)
	switch {
	case len(words) > 1 && words[0] == "//" && words[1] == "wsh:path":
		d.Err = fmt.Errorf("this is prose: a directive has no blank before wsh:path (write //%s)", strings.Join(words[1:], " "))
	case !strings.HasPrefix(comment, directive):
		return d, false
	case words[0] != directive+"path":
		d.Err = fmt.Errorf("%s is not known (write //wsh:path /rooms/{room})", words[0])
	case len(words) != 2:
		d.Err = fmt.Errorf("//wsh:path wants one pattern, got %d (write //wsh:path /rooms/{room}, and a line for each)", len(words)-1)
	case !above:
		d.Err = fmt.Errorf("//wsh:path has no effect below the package clause (move it above)")
	default:
		d.Pattern, d.Err = words[1], Check(words[1])
	}
	return d, true
}
