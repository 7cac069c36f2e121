package main

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// instruction is one line of a Dockerfile, continuations joined.
type instruction struct{ name, args string }

// dockerStages reads the Dockerfile.
func dockerStages(t *testing.T) (stages [][]instruction) {
	t.Helper()
	text, err := os.ReadFile(checkout + "/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	joined := strings.ReplaceAll(string(text), "\\\n", " ")
	for line := range strings.Lines(joined) {
		name, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		if name == "FROM" {
			stages = append(stages, nil)
		}
		if len(stages) == 0 {
			t.Fatalf("%s before FROM", name)
		}
		last := &stages[len(stages)-1]
		*last = append(*last, instruction{name, strings.TrimSpace(args)})
	}
	return stages
}

// dockerStage is a stage while it is built: a folder for its file system, and what the image says.
type dockerStage struct {
	t            *testing.T
	instructions []instruction
	base, name   string
	root         string
	workdir      string

	env                     map[string]string
	expose, user            string
	entrypoint, healthcheck []string
}

func newDockerStage(t *testing.T, all []instruction) *dockerStage {
	t.Helper()
	base, name, _ := strings.Cut(all[0].args, " AS ")
	s := &dockerStage{t: t, instructions: all[1:], base: base, name: name, workdir: "/",
		root: filepath.Join(t.TempDir(), "root"), env: map[string]string{}}
	if err := os.Mkdir(s.root, 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

// checkGo checks that the base image has the Go that the module asks for, and that is used here.
func (s *dockerStage) checkGo() {
	s.t.Helper()
	mod, err := os.ReadFile(checkout + "/go.mod")
	if err != nil {
		s.t.Fatal(err)
	}
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(mod))[1]
	if s.base != "golang:"+wanted || !strings.HasPrefix(runtime.Version(), "go"+wanted) {
		s.t.Errorf("go.mod says %s, the base image is %s, this is %s", wanted, s.base, runtime.Version())
	}
}

// run follows the instructions.
func (s *dockerStage) run(others map[string]*dockerStage) {
	s.t.Helper()
	for _, i := range s.instructions {
		switch i.name {
		case "WORKDIR":
			s.workdir = i.args
			if err := os.MkdirAll(s.path("."), 0o755); err != nil {
				s.t.Fatal(err)
			}
		case "COPY":
			s.copy(strings.Fields(i.args), others)
		case "RUN":
			s.shell(i.args)
		case "ENV":
			for _, pair := range strings.Fields(i.args) {
				name, value, _ := strings.Cut(pair, "=")
				s.env[name] = value
			}
		case "ARG": // nothing is given here
		case "EXPOSE":
			s.expose = i.args
		case "USER":
			s.user = i.args
		case "ENTRYPOINT":
			s.entrypoint = s.execForm(i.args)
		case "HEALTHCHECK":
			_, command, _ := strings.Cut(i.args, " CMD ")
			s.healthcheck = s.execForm(command)
		default:
			s.t.Fatalf("this test does not know what %s does", i.name)
		}
	}
}

// path is where a path of the stage is on this machine.
func (s *dockerStage) path(name string) string {
	if !path.IsAbs(name) {
		name = path.Join(s.workdir, name)
	}
	return filepath.Join(s.root, filepath.FromSlash(name))
}

// copy copies from the build context or from another stage.
func (s *dockerStage) copy(args []string, others map[string]*dockerStage) {
	s.t.Helper()
	to := args[len(args)-1]
	if from, ok := strings.CutPrefix(args[0], "--from="); ok {
		if others[from] == nil || len(args) != 3 {
			s.t.Fatalf("COPY %v: want one path of a stage before", args)
		}
		s.copyTree(others[from].path(args[1]), s.path(to))
		return
	}
	for _, name := range args[:len(args)-1] {
		found := false
		copyCheckout(s.t, s.path(to), func(file string) bool {
			take := !dockerIgnored(s.t, file) && (name == "." || name == file)
			found = found || take
			return !take
		})
		if !found {
			s.t.Errorf("COPY %s: it is not in the build context", name)
		}
	}
}

// copyTree copies a file, or what is in a folder, with its modes, to be root's.
func (s *dockerStage) copyTree(from, to string) {
	s.t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		s.t.Fatal(err)
	}
	if info.IsDir() {
		from += "/."
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-R", "--preserve=mode", from, to).CombinedOutput(); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
}

// shell runs a command in the stage's folder. It must name no absolute path: that would be this
// machine's.
func (s *dockerStage) shell(command string) {
	s.t.Helper()
	if m := regexp.MustCompile(`(?:^|[\s=])/\S+`).FindString(command); m != "" {
		s.t.Fatalf("RUN %s: %s is outside the working folder", command, m)
	}
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = s.path(".")
	for _, e := range plainEnv() {
		if !strings.HasPrefix(e, "CGO_ENABLED=") && !strings.HasPrefix(e, "GOFLAGS=") {
			cmd.Env = append(cmd.Env, e)
		}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("RUN %s: %v\n%s", command, err, out)
	}
}

// dockerIgnored reports whether .dockerignore keeps a file out of the build context.
func dockerIgnored(t *testing.T, file string) bool {
	t.Helper()
	text, err := os.ReadFile(checkout + "/.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		pattern := strings.TrimSpace(line)
		if pattern == "" || strings.HasPrefix(pattern, "#") {
			continue
		}
		anywhere := strings.HasPrefix(pattern, "**/")
		pattern = strings.TrimPrefix(strings.TrimPrefix(pattern, "**/"), "/")
		parts := strings.Split(file, "/")
		for i := range parts {
			start := 0
			if anywhere {
				start = i
			}
			if ok, err := path.Match(pattern, strings.Join(parts[start:i+1], "/")); err != nil || ok {
				return true
			}
		}
	}
	return false
}

func TestDockerIgnoredKeepsTheSource(t *testing.T) {
	for file, want := range map[string]bool{
		"cmd/wshd/main.go": false, "go.mod": false, "scripts/echo_wsh.go": false, "plugins/wsh/room.go": false,
		"README.md": true, "docs/handlers.md": true, "host/room/hub_test.go": true,
		"cmd/wshd/testdata/script/a.txtar": true, ".git/config": true,
	} {
		if got := dockerIgnored(t, file); got != want {
			t.Errorf("%s: got %v, want %v", file, got, want)
		}
	}
}
