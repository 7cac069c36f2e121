package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// testRecipes does what each recipe says, from its heading to the next, in an empty folder of its own.
func testRecipes(t *testing.T, bin, text string) {
	for _, recipe := range strings.Split(text, "\n## ")[1:] {
		title, _, _ := strings.Cut(recipe, "\n")
		if !strings.Contains(recipe, "<!-- test") {
			t.Errorf("%s: nothing tests this recipe", title)
		}
		t.Run(title, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "scripts"), 0o755); err != nil {
				t.Fatal(err)
			}
			s := sittingIn(t, dir, bin)
			for _, step := range docSteps(t, recipe) {
				t.Logf("line %d of the recipe: %s %s", step.line, step.lang, step.verb)
				s.do(step)
			}
		})
	}
}

// needs skips the test where a program is not installed, but in CI, which installs it.
func needs(t *testing.T, program, debian string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("there is no %s: CI must install it", program)
	}
	t.Skipf("there is no %s on this machine: apt install %s, and this test runs", program, debian)
}

// openPage shows a page of the server's.
func (s *sitting) openPage(path string) {
	s.t.Helper()
	if s.browser == nil {
		s.browser = startBrowser(s.t)
	}
	s.page = s.browser.open(s.t, "http://"+s.server.addr+path)
}

// cookies are those that curl has kept, as a header has them.
func (s *sitting) cookies(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(strings.TrimPrefix(line, "#HttpOnly_")), "\t")
		if len(fields) == 7 {
			all = append(all, fields[5]+"="+fields[6])
		}
	}
	return strings.Join(all, "; ")
}
