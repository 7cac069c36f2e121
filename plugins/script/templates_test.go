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

// TestTemplatesOfWhatHoldsItself has shown what ends a compiled program.
func TestTemplatesOfWhatHoldsItself(t *testing.T) {
	for _, html := range []string{"", "import \"html/template\"\n"} {
		for _, text := range []string{"{{.}}", "{{print .}}", "{{html .}}", "{{eq . .}}", "<script>{{.}}</script>"} {
			p := diffProgram{decls: html, body: "m := map[string]any{}\nm[`m`] = m\nfmt.Println(template.Must(template.New(`p`).Parse(`" + text + "`)).Execute(io.Discard, m))"}
			script, err := interpretProgram(t, p.source("main"))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := script.run("Alone"), "going through what holds itself"; !strings.Contains(got, want) {
				t.Errorf("%s%s: got %s, want %s", html, text, got, want)
			}
		}
	}
}
