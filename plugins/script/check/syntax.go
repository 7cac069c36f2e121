package check

import (
	"errors"
	"go/ast"
	"go/scanner"
	"go/token"
	"regexp"
	"strings"
)

// syntaxErrors words what go/parser has found in a file as the compiler does, of each line the first:
// the others follow from it, as does a missing end.
func syntaxErrors(fset *token.FileSet, f *ast.File, name string, text []byte, err error) Errors {
	var list scanner.ErrorList
	if !errors.As(err, &list) {
		return Errors{{Pos: token.Position{Filename: name}, Msg: err.Error()}}
	}
	s := &syntax{fset: fset, file: f, text: text}
	var found Errors
	said := map[int]bool{}
	for _, e := range list {
		at, msg := s.reworded(e.Pos, e.Msg)
		if msg == "" || said[at.Line] || len(found) > 0 && at.Offset >= len(text) {
			continue
		}
		said[at.Line] = true
		found = append(found, Error{Pos: at, Msg: msg})
	}
	return found
}

// syntax is a file that does not parse.
type syntax struct {
	fset *token.FileSet
	file *ast.File // as much of it as there is
	text []byte
}

var (
	expected  = regexp.MustCompile(`^expected (.+?)(?:, found .*)?$`)
	separated = regexp.MustCompile(`^missing ',' (?:before newline )?in (.*)$`)
)

// lexical are go/scanner's messages that the compiler words otherwise.
var lexical = strings.NewReplacer("illegal character", "invalid character", "raw string literal not terminated", "string not terminated",
	"string literal not terminated", "newline in string", "illegal rune literal", "more than one character in rune literal",
	"expecting", "expected", "illegal label declaration", "unexpected : at end of statement")

// reworded is a message as the compiler has it; "": it only follows from another.
func (s *syntax) reworded(at token.Position, msg string) (token.Position, string) {
	if strings.HasSuffix(msg, "found 'ILLEGAL'") { // go/scanner says what
		return at, ""
	}
	if strings.HasSuffix(msg, "found 'EOF'") {
		at.Offset = len(s.text)
		rest := s.text[strings.LastIndexByte(string(s.text), '\n')+1:]
		at.Line, at.Column = 1+strings.Count(string(s.text), "\n"), 1+len(rest)
	}
	found := s.tokenAt(at.Offset)
	if m := separated.FindStringSubmatch(msg); m != nil {
		end := ")"
		if m[1] == "composite literal" {
			end = "}"
		}
		return at, "syntax error: unexpected " + found + " in " + m[1] + "; possibly missing comma or " + end
	}
	if m := expected.FindStringSubmatch(msg); m != nil {
		return at, "syntax error: " + s.expectation(m[1], found, at)
	}
	new := lexical.Replace(msg)
	if new == "newline in string" {
		line, _, _ := strings.Cut(string(s.text[at.Offset:]), "\n")
		at.Column += len(line)
	}
	for _, of := range []string{"invalid", "not terminated", "newline in string", "rune literal", "escape", "must be function call", "byte order"} {
		if strings.Contains(new, of) {
			return at, new
		}
	}
	return at, "syntax error: " + new
}

// expectation words that something else was expected.
func (s *syntax) expectation(want, found string, at token.Position) string {
	switch want {
	case "';'":
		if found == "EOF" {
			return "unexpected EOF, expected }"
		}
		return "unexpected " + found + s.where(at)
	case "declaration":
		return "non-declaration statement outside function body"
	case "'package'":
		return "package statement must be first"
	case "statement":
		want = "}"
	case "operand":
		want = "expression"
	case "'IDENT'":
		want = "name"
	}
	if strings.HasPrefix(want, "boolean expression") {
		return "cannot use assignment as value"
	}
	return "unexpected " + found + ", expected " + strings.Trim(want, "'")
}

// where says what should have ended at a position.
func (s *syntax) where(at token.Position) string {
	where := " after top level declaration"
	if s.file == nil {
		return where
	}
	pos := s.fset.File(s.file.FileStart).Pos(at.Offset)
	ast.Inspect(s.file, func(n ast.Node) bool {
		if fn, ok := n.(*ast.FuncDecl); ok && fn.Body != nil && fn.Body.Lbrace < pos && (pos <= fn.Body.Rbrace || !fn.Body.Rbrace.IsValid()) {
			where = " at end of statement"
			return true
		}
		if _, ok := n.(*ast.File); ok { // whose end is that of what has been understood
			return true
		}
		if n == nil || pos < n.Pos() || n.End() < pos {
			return false
		}
		switch n.(type) {
		case *ast.StructType:
			where = " in struct type; possibly missing semicolon or newline or }"
		case *ast.InterfaceType:
			where = " in interface type; possibly missing semicolon or newline or }"
		}
		return true
	})
	return where
}

// tokenAt is what stands there, in the compiler's words.
func (s *syntax) tokenAt(offset int) string {
	if offset >= len(s.text) {
		return "EOF"
	}
	if s.text[offset] == '\n' {
		return "newline"
	}
	rest := s.text[offset:]
	var one scanner.Scanner
	one.Init(token.NewFileSet().AddFile("", -1, len(rest)), rest, func(token.Position, string) {}, 0)
	switch _, tok, lit := one.Scan(); {
	case tok == token.IDENT:
		return "name " + lit
	case tok.IsKeyword():
		return "keyword " + tok.String()
	case tok.IsLiteral():
		return "literal " + lit
	case tok == token.COMMA:
		return "comma"
	case tok == token.SEMICOLON:
		return "semicolon"
	default:
		return tok.String()
	}
}
