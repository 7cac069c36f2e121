package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocs does what README.md and docs say. A document is one sitting at a terminal, in a copy of
// the checkout with wshd on the path:
//
//   - sh blocks are run. A line that serves goes on serving until the next one; port 9998 becomes
//     any that is free.
//   - go blocks must load as handlers, or as parts of one. yaml blocks must be configurations. The
//     lines of text blocks must have been printed by what was last run.
//   - Comments that begin with "test" tell what to do otherwise (see blockVerbs), and what a reader
//     would do at this point (see drive).
func TestDocs(t *testing.T) {
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "./cmd/wshd")
	build.Dir, build.Env = checkout, plainEnv()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	documents, err := filepath.Glob(checkout + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range append(documents, checkout+"/README.md") {
		t.Run(filepath.Base(document), func(t *testing.T) {
			text, err := os.ReadFile(document)
			if err != nil {
				t.Fatal(err)
			}
			if filepath.Base(document) == "recipes.md" {
				testRecipes(t, bin, string(text))
				return
			}
			s := newSitting(t, bin)
			for _, step := range docSteps(t, string(text)) {
				t.Logf("line %d: %s %s", step.line, step.lang, step.verb)
				s.do(step)
			}
		})
	}
}

// sitting is one document, worked through at a terminal.
type sitting struct {
	t       *testing.T
	dir     string // the copy of the checkout
	cwd     string
	env     []string
	printed string  // by what was last run to its end
	server  *served // nil: nothing serves
	admin   string  // the port that stands for 9999

	clients map[string]*frames // by name: the last one of each
	who     string             // whose turn it is
	header  []string           // what they say when they connect
	browser *browserProcess
	page    *tab
}

func newSitting(t *testing.T, bin string) *sitting {
	dir := t.TempDir()
	copyCheckout(t, dir, nil)
	return sittingIn(t, dir, bin)
}

// sittingIn begins in a folder.
func sittingIn(t *testing.T, dir, bin string) *sitting {
	temp := t.TempDir() // of its own, so that no other test's wshd is found there
	return &sitting{t: t, dir: dir, cwd: dir, clients: map[string]*frames{},
		env: plainEnv("WSHD_LISTEN=localhost:0", "RUNTIME_DIRECTORY="+temp, "PATH="+bin+":"+os.Getenv("PATH"))}
}

func (s *sitting) do(step docStep) {
	s.t.Helper()
	if step.lang == "" {
		s.drive(step)
		return
	}
	switch step.verb {
	case "save":
		s.save(step)
		return
	case "lines-of":
		s.linesOf(step)
		return
	case "test-command":
		s.testCommand(step)
		return
	}
	switch step.lang {
	case "sh":
		s.shell(step)
	case "go":
		s.load(step)
	case "yaml":
		file := filepath.Join(s.t.TempDir(), "config.yaml")
		writeTree(s.t, file, []byte(step.text), 0o600)
		if _, err := settingsOf(s.t, nil, "--config", file); err != nil {
			s.t.Errorf("line %d: %v", step.line, err)
		}
	case "text":
		printed := s.printed
		if s.server != nil {
			log, _ := s.server.text()
			printed += log
		}
		s.linesIn(step, printed)
	default:
		s.t.Errorf("line %d: blocks of %s are not tested", step.line, step.lang)
	}
}

// serving is a command line that does not end.
var serving = regexp.MustCompile(`^([A-Z_]+=\S+ +)*(\./wshd|wshd|go run \./cmd/wshd)( +demo)?( +-.*)?$`)

// shell runs a block.
func (s *sitting) shell(step docStep) {
	s.t.Helper()
	var lines []string
	s.printed = ""
	for line := range strings.Lines(step.text) {
		if line = strings.TrimSpace(line); !serving.MatchString(line) {
			lines = append(lines, line)
			continue
		}
		s.toEnd(step, lines)
		s.serve(line)
		lines = nil
	}
	s.toEnd(step, lines)
}

// toEnd runs lines that end, where the last ones left off.
func (s *sitting) toEnd(step docStep, lines []string) {
	s.t.Helper()
	if len(lines) == 0 {
		return
	}
	where := filepath.Join(s.t.TempDir(), "cwd")
	text := strings.Join(lines, "\n")
	if s.server != nil {
		_, port, _ := strings.Cut(s.server.addr, ":")
		text = strings.ReplaceAll(text, "9998", port)
	}
	text = s.adminPort(text)
	cmd := exec.Command("bash", "-euc", text+"\npwd >"+where)
	cmd.Dir, cmd.Env = s.cwd, s.env
	out, err := cmd.CombinedOutput()
	s.printed += string(out)
	var exit *exec.ExitError
	if fails := step.verb == "fails"; err != nil && !errors.As(err, &exit) || (err != nil) != fails {
		s.t.Fatalf("line %d: %s: %v\n%s", step.line, text, err, out)
	}
	if cwd, err := os.ReadFile(where); err == nil {
		s.cwd = strings.TrimSpace(string(cwd))
	}
}

// serve runs a line that serves, in place of the one before.
func (s *sitting) serve(line string) {
	s.t.Helper()
	port := "0"
	if s.server != nil {
		s.hangUp()
		_ = s.server.stop() // by a signal, which shells report
		if s.page != nil {
			_, port, _ = strings.Cut(s.server.addr, ":") // the page comes back there
		}
	}
	cmd := exec.Command("bash", "-euc", s.adminPort(strings.ReplaceAll(line, "9998", port)))
	cmd.Dir, cmd.Env = s.cwd, s.env
	s.server = serveWith(s.t, cmd)
}

// adminPort has commands use a port of the sitting's own for the admin listener.
func (s *sitting) adminPort(text string) string {
	if !strings.Contains(text, "9999") {
		return text
	}
	if s.admin == "" {
		_, s.admin, _ = strings.Cut(freeAddr(s.t), ":")
	}
	return strings.ReplaceAll(text, "9999", s.admin)
}

// save writes a block to a file, as its text says. If that is a handler, it is waited for.
func (s *sitting) save(step docStep) {
	s.t.Helper()
	s.checkFormat(step)
	if !strings.HasSuffix(step.args, "_wsh.go") {
		writeTree(s.t, filepath.Join(s.dir, step.args), []byte(step.text), 0o644)
		return
	}
	if s.server == nil {
		s.serve("wshd -p 9998 -w scripts")
	}
	s.change(step, step.args, step.text, "loaded")
}

// change writes a handler and waits until the server has noticed.
func (s *sitting) change(step docStep, name, text, event string) {
	s.t.Helper()
	from := s.server.mark()
	writeTree(s.t, filepath.Join(s.dir, name), []byte(text), 0o644)
	handler := regexp.QuoteMeta(filepath.Base(name))
	line := s.server.wait(s.t, from, regexp.MustCompile(`(?m)^.*handler (loaded|reloaded|not loaded|not reloaded).*`+handler+`.*$`))
	if line[1] != event {
		s.t.Fatalf("line %d: got %q, want it %s", step.line, line[0], event)
	}
}

// linesOf checks that each line of a block stands in a file.
func (s *sitting) linesOf(step docStep) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, step.args))
	if err != nil {
		s.t.Fatal(err)
	}
	s.linesIn(step, string(text))
}

func (s *sitting) linesIn(step docStep, text string) {
	s.t.Helper()
	for line := range strings.Lines(step.text) {
		if !strings.Contains(text, strings.TrimSpace(line)) {
			s.t.Errorf("line %d: %q is not in:\n%s", step.line, strings.TrimSpace(line), text)
		}
	}
}

// testCommand checks that the command is what .ci/run runs.
func (s *sitting) testCommand(step docStep) {
	s.t.Helper()
	cmd := exec.Command(".ci/run", "test-command")
	cmd.Dir = s.dir
	out, err := cmd.Output()
	if err != nil || string(out) != step.text {
		s.t.Errorf("line %d: .ci/run tests with %q (%v), want %q", step.line, out, err, step.text)
	}
}
