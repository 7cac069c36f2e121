package script

import (
	"strings"
	"testing"
)

// TestTemplatesKeepTheFunctionsTheyWereParsedWith has a function given too late, which a compiled template
// would call.
func TestTemplatesKeepTheFunctionsTheyWereParsedWith(t *testing.T) {
	p := diffProgram{body: `template.Must(template.New("p").Parse("{{len .}}")).Funcs(template.FuncMap{"len": func(v any) int { return 9 }})`}
	script, err := interpretProgram(t, p.source("main"))
	if err != nil {
		t.Fatal(err)
	}
	want := "a script must give its templates a function len of their own before it parses them"
	if got := script.run("Alone"); !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
