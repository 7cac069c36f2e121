package begin

import (
	"encoding/json"
	"regexp"
	"slices"
	"testing"
)

// The problem matchers of VS Code find what wshd says of a mistake: the lines are as wshd serving and wshd check
// write them.
func TestProblemMatchers(t *testing.T) {
	text, err := template.ReadFile("template/vscode/tasks.json")
	if err != nil {
		t.Fatal(err)
	}
	var tasks struct {
		Tasks []struct {
			Label          string
			ProblemMatcher any
		}
	}
	if err := json.Unmarshal(text, &tasks); err != nil {
		t.Fatal(err)
	}
	patterns := map[string]string{}
	for _, task := range tasks.Tasks {
		if m, ok := task.ProblemMatcher.(map[string]any); ok {
			patterns[task.Label] = m["pattern"].(map[string]any)["regexp"].(string)
		}
	}
	for _, tt := range []struct {
		task, line string
		want       []string
	}{
		{"wshd: serve", `time=2026-11-29T17:10:30.780Z level=ERROR msg="handler not reloaded, the last good version goes on" script=a_wsh.go resource=/a version=1 err="sub/a_wsh.go:14:10: undefined: nothing"`,
			[]string{"sub/a_wsh.go", "14", "10", "undefined: nothing"}},
		{"wshd: serve", `time=2026-11-29T17:10:30.780Z level=ERROR msg="handler not loaded" script=a_wsh.go resource=/a err="a_wsh.go:1:2: bad"`,
			[]string{"a_wsh.go", "1", "2", "bad"}},
		{"wshd: serve", `time=2026-11-29T17:10:30.780Z level=INFO msg="handler loaded" script=a_wsh.go resource=/a version=1 dur=1ms`, nil},
		{"wshd: check", "sub/a_wsh.go:14:10: undefined: nothing", []string{"sub/a_wsh.go", "14", "10", "undefined: nothing"}},
		{"wshd: check", `config.yaml:3: drain: "30" has no unit`, []string{"config.yaml", "3", "", `drain: "30" has no unit`}},
		{"wshd: check", "/echo  echo_wsh.go  DoExtraHandshake, TransferData  ok", nil},
	} {
		got := regexp.MustCompile(patterns[tt.task]).FindStringSubmatch(tt.line)
		if len(got) > 0 {
			got = got[1:]
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %s: got %q, want %q", tt.task, tt.line, got, tt.want)
		}
	}
}
