package script

import (
	"strings"
	"testing"
)

// TestTemplatesRefuseMethodsTheyMeet has methods found in what only running tells.
func TestTemplatesRefuseMethodsTheyMeet(t *testing.T) {
	const decls = `
type level int
func (l level) String() string { return "high" }
type counts map[string]int
func (c counts) Total() int { return len(c) }
type user struct{ Name string }
func (u user) Full() string { return u.Name + "!" }
type shown struct{ Len int }
func (s *shown) String() string { return "shown" }
func try(text string, data any) {
	name := "{" + "{" + text + "}}"
	fmt.Println(template.Must(template.New("p").Funcs(template.FuncMap{"pick": func(n int) any { return level(n) }}).Parse(name)).Execute(io.Discard, data))
}
`
	for _, tt := range []struct{ name, body, want string }{
		{"in a map", `try("if .l}}{{end", map[string]any{"l": level(0)})`, "a template cannot show a main.level: main.level has the method String"},
		{"in a map of maps", `try(".Total", []map[string]any{{"l": counts{}}})`, "a template cannot show a main.counts: main.counts has the method Total"},
		{"returned by a function", `try("pick 1", nil)`, "a template cannot show a main.level"},
		{"in the type of a function", `template.New("p").Funcs(template.FuncMap{"f": func() level { return 0 }})`, "a template cannot show a func() main.level"},
		{"fields of what prints itself", `try(".Len", &shown{1})`, "of types that print themselves no fields"},
		{"named in what is not in the script", `try(".Full", user{"a"})`, "find no methods of a script's types"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := diffProgram{decls: decls, body: tt.body}
			script, err := interpretProgram(t, p.source("main"))
			if err != nil {
				t.Fatal(err)
			}
			if got := script.run("Alone"); !strings.Contains(got, tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
