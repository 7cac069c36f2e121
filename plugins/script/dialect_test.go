package script

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wshd/plugins/script/check"
	"wshd/plugins/script/library"
	"wshd/plugins/script/lower"
	"wshd/plugins/script/std"
)

// dialect is the document of which parts are written by: go test ./plugins/script -run Dialect -update
const dialect = "../../docs/dialect.md"

// TestDialectIsDocumented wants what docs/dialect.md says of refusals, packages and measurements to be
// what holds.
func TestDialectIsDocumented(t *testing.T) {
	text, err := os.ReadFile(dialect)
	if err != nil {
		t.Fatal(err)
	}
	want := text
	for name, write := range map[string]func(*testing.T) string{"refusals": documentedRules, "packages": documentedPackages, "measured": documentedOutside} {
		head, foot := []byte("<!-- written from the source: "+name+" -->\n"), []byte("<!-- end of "+name+" -->\n")
		before, rest, ok := bytes.Cut(want, head)
		_, after, closed := bytes.Cut(rest, foot)
		if !ok || !closed {
			t.Fatalf("%s has no place for %s", dialect, name)
		}
		want = slices.Concat(before, head, []byte("\n"+write(t)+"\n"), foot, after)
	}
	if bytes.Equal(text, want) {
		return
	}
	if !*update {
		t.Fatalf("%s is stale: run go test ./plugins/script -run Dialect -update", dialect)
	}
	if err := os.WriteFile(dialect, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

// documentedRules has each rule's example refused, in the line that says so, and tells of it.
func documentedRules(t *testing.T) string {
	var b strings.Builder
	for i, rule := range lower.Rules() {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "### %s\n\n", rule.Title)
		for line := range strings.SplitSeq(rule.Example, "\n") {
			b.WriteString(strings.TrimRight("    "+line, " ") + "\n")
		}
		fmt.Fprintf(&b, "\n`%s`\n", refusedExample(t, rule))
	}
	funcs, vars := library.HostOnly()
	all := maps.Clone(funcs)
	maps.Copy(all, vars)
	b.WriteString("\n### All that is the host's\n\n| | why | instead |\n|---|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, all[name][0], all[name][1])
	}
	return b.String()
}

// refusedExample is what is said of a rule's example.
func refusedExample(t *testing.T, rule *lower.Rule) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("package main\n\nimport (\n")
	for _, path := range rule.Imports {
		fmt.Fprintf(&text, "\t%q\n", path)
	}
	text.WriteString("\t\"wshd/plugins/wsh\"\n)\n" + required + "\n" + rule.Example + "\n")
	file := write(t, map[string]string{"x_wsh.go": text.String()})
	_, err := Load(t.Context(), Config{Imports: append([]string{"default"}, rule.Imports...)}, file, "x")
	var list Errors
	if !errors.As(err, &list) || len(list) != 1 {
		t.Fatalf("%s: got %v, want one error", rule.Title, err)
	}
	if line := strings.Split(text.String(), "\n")[list[0].Pos.Line-1]; !strings.HasSuffix(line, "// refused") || list[0].Pos.Column < 1 {
		t.Errorf("%s: refused in the line %q", rule.Title, line)
	}
	if !strings.Contains(list[0].Msg, rule.Why) || !strings.Contains(list[0].Msg, rule.Instead) {
		t.Errorf("%s: got %s", rule.Title, list[0].Msg)
	}
	list[0].Pos.Filename = filepath.Base(file)
	return list[0].Error()
}

// documentedPackages tells which packages are closed, and which cannot be had.
func documentedPackages(*testing.T) string {
	var b strings.Builder
	b.WriteString("| opened by `scripts.imports` | why not by default |\n|---|---|\n")
	for _, path := range slices.Sorted(maps.Keys(std.Packages())) {
		if why := std.Closed(path); why != "" {
			fmt.Fprintf(&b, "| `%s` | %s |\n", path, why)
		}
	}
	b.WriteString("\n| never | why, and what to use instead |\n|---|---|\n")
	never := check.Never()
	for _, path := range slices.Sorted(maps.Keys(never)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", path, never[path])
	}
	return b.String()
}

// documentedOutside counts what testdata/outside.txt holds: on each line a program of GOROOT/test, its
// verdict and the reason, with tabs between.
func documentedOutside(t *testing.T) string {
	text, err := os.ReadFile("testdata/outside.txt")
	if errors.Is(err, fs.ErrNotExist) {
		return "It has not been measured for this version.\n"
	}
	if err != nil {
		t.Fatal(err)
	}
	counts, causes, wrong := map[string]int{}, map[string]int{}, ""
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) < 2 {
			t.Fatalf("testdata/outside.txt: %q is no program with its verdict", line)
		}
		counts[fields[1]]++
		if fields[1] == "refused" && len(fields) > 2 {
			causes[cause(fields[2])]++
		}
		if fields[1] == "wrong" || fields[1] == "died" {
			if len(fields) < 3 {
				t.Fatalf("testdata/outside.txt: no reason for %s", fields[0])
			}
			wrong += fmt.Sprintf("| `%s` | %s | %s |\n", fields[0], fields[1], fields[2])
		}
	}
	var b strings.Builder
	b.WriteString("| | same | refused | wrong | died |\n|---|---|---|---|---|\n| yaegi alone, every fourth of them | 126 | 48 | 81 | 1 |\n")
	fmt.Fprintf(&b, "| wshd | %d | %d | %d | %d |\n", counts["same"], counts["refused"], counts["wrong"], counts["died"])
	b.WriteString("\n| refused for | programs |\n|---|---|\n")
	for _, c := range slices.SortedFunc(maps.Keys(causes), func(a, b string) int { return cmp.Or(causes[b]-causes[a], strings.Compare(a, b)) }) {
		fmt.Fprintf(&b, "| %s | %d |\n", c, causes[c])
	}
	if wrong != "" {
		b.WriteString("\n| run otherwise | | why |\n|---|---|---|\n" + wrong)
	}
	return b.String()
}

// cause is the import that a program was refused for, or what was said.
func cause(reason string) string {
	if _, path, ok := strings.Cut(reason, "import \""); ok {
		path, _, _ = strings.Cut(path, "\"")
		return "`" + path + "`"
	}
	return reason
}

// TestWhatIsTheHostsExists finds each function and variable that is refused by name.
func TestWhatIsTheHostsExists(t *testing.T) {
	funcs, vars := library.HostOnly()
	all := maps.Clone(funcs)
	maps.Copy(all, vars)
	for name := range all {
		recv, method, isMethod := strings.Cut(strings.TrimPrefix(name, "(*"), ").")
		at := strings.LastIndexByte(recv, '.')
		symbol, ok := std.Symbols(recv[:at])[recv[at+1:]]
		if isMethod && ok {
			_, ok = symbol.Type().MethodByName(method)
		}
		if !ok {
			t.Errorf("%s: there is no such thing", name)
		}
	}
}
