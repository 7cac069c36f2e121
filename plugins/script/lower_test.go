package script

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"io"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wshd/plugins/script/check"
	"wshd/plugins/script/lower"
	"wshd/plugins/script/machine"
	"wshd/plugins/script/yaegi"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// lowerings is the document that is written by: go test ./plugins/script -run Lowering -update
const lowerings = "lower/README.md"

func (l lowering) before() string { return "testdata/lower/" + l.name + ".go" }

func (l lowering) after() string { return "testdata/lower/" + l.name + ".golden" }

// TestLowering lowers the example of each row.
func TestLowering(t *testing.T) {
	for _, l := range allLowerings() {
		t.Run(l.name, func(t *testing.T) { golden(t, l.after(), lowered(t, l.before())) })
	}
}

// golden wants the file to hold a text.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	t.Errorf("%s is stale: run go test ./plugins/script -run Lowering -update, and read what that changes", file)
	gots, wants := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gots), len(wants)) {
		if gots[i] != wants[i] {
			t.Fatalf("line %d: got\n%s\nwant\n%s", i+1, gots[i], wants[i])
		}
	}
}

// nothing is the initialisation of a package that has none.
var nothing = regexp.MustCompile(`func F\d+\(fr \*rt\.Frame\) int \{ // \S*init\n// return\nreturn 0\n\}\n`)

// lowered is what becomes of a file, explained.
func lowered(t *testing.T, file string) string {
	t.Helper()
	prog, err := check.Package(check.Config{}, file)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	_, refused := lower.Compile(prog.Fset(), sources(prog), func(texts []string, natives []func(*machine.Frame)) (map[string]reflect.Value, error) {
		for _, part := range texts {
			part = strings.TrimPrefix(strings.TrimPrefix(part, "package main\n\n"), "import \"rt\"\n\n")
			text += nothing.ReplaceAllString(part, "")
		}
		return yaegi.Evaluate(texts, natives)
	}, io.Discard, machine.Limits{Explain: true})
	if len(refused) > 0 {
		t.Fatal(refused)
	}
	pretty, err := format.Source([]byte("package main\n\n" + text))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(string(pretty), "package main\n\n")
}

// TestLoweringsAreComplete wants a row for every example, the files that a row names, and a row, or a
// word in the package comment, for every file.
func TestLoweringsAreComplete(t *testing.T) {
	rows := map[string]bool{}
	named := packageComment(t)
	for _, l := range allLowerings() {
		rows[l.before()], rows[l.after()] = true, true
		for _, file := range l.files {
			named += " " + file
			if _, err := os.Stat(filepath.Join("lower", file)); err != nil {
				t.Errorf("%s: %v", l.name, err)
			}
		}
		if l.why == "" || l.how == "" || len(l.files) == 0 {
			t.Errorf("%s does not say why, how and where", l.name)
		}
	}
	examples, _ := filepath.Glob("testdata/lower/*")
	for _, file := range examples {
		if !rows[file] {
			t.Errorf("%s is in no row", file)
		}
	}
	for _, file := range lowerFiles(t) {
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(path.Base(file)) + `\b`).MatchString(named) {
			t.Errorf("%s is named in no row, nor in the package comment", file)
		}
	}
}

// lowerFiles are those of lower, and of the packages that it is built upon.
func lowerFiles(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, folder := range []string{"lower", "layout", "library", "library/*", "boxed"} {
		found, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(found) == 0 {
			t.Fatal("no files", folder, err)
		}
		files = append(files, found...)
	}
	for i, file := range files {
		files[i] = strings.TrimPrefix("../"+file, "../lower/")
	}
	return slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, "_test.go") })
}

// packageComment is what the comments of the packages name.
func packageComment(t *testing.T) string {
	t.Helper()
	all := ""
	for _, file := range []string{"lower/program.go", "library/facts.go", "boxed/types.go", "library/format/format.go",
		"library/encoding/decoder.go", "library/templates/templates.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		comment, _, _ := bytes.Cut(text, []byte("\npackage "))
		all += string(comment)
	}
	return all
}

// TestLoweringsShowEveryPiece wants every file that has native pieces to be seen in an example, and the
// first of a row's files in that row's.
func TestLoweringsShowEveryPiece(t *testing.T) {
	shown := map[string]string{}
	all := ""
	for _, l := range allLowerings() {
		text, err := os.ReadFile(l.after())
		if err != nil {
			t.Fatal(err)
		}
		shown[l.name] = string(text)
		all += string(text)
	}
	for _, file := range lowerFiles(t) {
		text, err := os.ReadFile(filepath.Join("lower", file))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("return func(fr *frame) {")) && !strings.Contains(all, "· "+file) {
			t.Errorf("no example has a piece of %s", file)
		}
	}
	for _, l := range allLowerings() {
		if file := "· " + l.files[0]; strings.Contains(all, file) && !strings.Contains(shown[l.name], file) {
			t.Errorf("%s names %s, and has no piece of it", l.name, l.files[0])
		}
	}
}

// TestLoweringsAreDocumented wants lower/README.md to say what the table and the examples do.
func TestLoweringsAreDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString(aboutLowerings)
	for _, c := range chapters {
		fmt.Fprintf(&b, "\n## %s\n", c.title)
		for _, l := range c.rows {
			before, err := os.ReadFile(l.before())
			if err != nil {
				t.Fatal(err)
			}
			after, err := os.ReadFile(l.after())
			if err != nil {
				t.Fatal(err)
			}
			_, script, _ := strings.Cut(string(before), "package main\n\n")
			fmt.Fprintf(&b, "\n### %s\n\n%s\n%s (%s)\n\n", l.title, l.why, l.how, "`"+strings.Join(l.files, "`, `")+"`")
			fmt.Fprintf(&b, "<table>\n<tr><th>the script</th><th>what the interpreter is given</th></tr>\n<tr valign=\"top\"><td>\n\n```go\n%s```\n\n</td><td>\n\n```go\n%s```\n\n</td></tr>\n</table>\n", script, after)
		}
	}
	golden(t, lowerings, b.String())
}
