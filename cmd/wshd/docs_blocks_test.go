package main

import (
	"go/format"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"

	"wshd/plugins/script"
)

// load loads a block as a handler. What is only a part gets the rest around it.
func (s *sitting) load(step docStep) {
	s.t.Helper()
	s.checkFormat(step)
	file := filepath.Join(s.t.TempDir(), "block_wsh.go")
	writeTree(s.t, file, []byte(wholeHandler(step.text)), 0o600)
	if _, err := script.Load(s.t.Context(), script.Config{}, file, "block_wsh.go"); err != nil {
		s.t.Errorf("line %d: %v\n%s", step.line, err, wholeHandler(step.text))
	}
}

func (s *sitting) checkFormat(step docStep) {
	s.t.Helper()
	if step.lang != "go" {
		return
	}
	formatted, err := format.Source([]byte(step.text))
	if err != nil || string(formatted) != step.text {
		s.t.Errorf("line %d: not formatted (%v):\n%s", step.line, err, formatted)
	}
}

// wholeHandler adds to a block what makes it a handler: it may be a file, some declarations, or
// statements from within TransferData.
func wholeHandler(text string) string {
	parses := func(text string) bool {
		_, err := parser.ParseFile(token.NewFileSet(), "", text, 0)
		return err == nil
	}
	if parses(text) {
		return text
	}
	if !parses("package main\n" + text) {
		// The function around it needs no return of its own, whatever the statements end with.
		text = "func statements(r *wsh.Request) error {\nfor i := 0; i < 1; i++ {\n" + text + "}\nreturn nil\n}\n"
	}
	for _, hook := range []string{"DoExtraHandshake", "TransferData"} {
		if !strings.Contains(text, "func "+hook) {
			text += "\nfunc " + hook + "(r *wsh.Request) error { return nil }\n"
		}
	}
	head := "package main\n\nimport \"wshd/plugins/wsh\"\n"
	for _, path := range []string{"errors", "fmt", "net/http", "strings", "time"} {
		if regexp.MustCompile(`\b` + filepath.Base(path) + `\.[A-Z]`).MatchString(text) {
			head += "import \"" + path + "\"\n"
		}
	}
	return head + text
}
