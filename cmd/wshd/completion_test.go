package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/dial"
	"wshd/cmd/wshd/manual"
)

// TestHelpTellsAllThatIsCompleted: what completion and the man page are made of is the help, so that must be
// understood whole.
func TestHelpTellsAllThatIsCompleted(t *testing.T) {
	told := manual.Flags(usage)
	config.AllFlags().VisitAll(func(f *pflag.Flag) {
		i := slices.IndexFunc(told, func(m manual.Flag) bool { return m.Name == f.Name })
		if i < 0 {
			if !slices.Contains([]string{"queue", "handler-encoding", "deflate-log-level", "thread-monitor-interval-in-sec"}, f.Name) { // which do nothing
				t.Errorf("--%s is not found in the help", f.Name)
			}
			return
		}
		if got := told[i]; got.Short != f.Shorthand || got.Value == "" != (f.NoOptDefVal == "true") {
			t.Errorf("--%s: got short %q and value %q, want %q, and one: %v", f.Name, got.Short, got.Value, f.Shorthand, f.NoOptDefVal != "true")
		}
	})
	if got, want := len(manual.Flags(flagsOfDial())), len(dial.FlagHelp()); got != want {
		t.Errorf("of %d flags of wshd dial %d are understood", want, got)
	}
}

// shellOf is a shell; where it is missing the test is skipped, but not in CI.
func shellOf(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") != "" {
		t.Fatalf("there is no %s: CI must install it", name)
	}
	if err != nil {
		t.Skipf("there is no %s on this machine: apt install %s, and this test runs", name, name)
	}
	return path
}

// TestBashCompletes has bash itself say what it would offer.
func TestBashCompletes(t *testing.T) {
	bash := shellOf(t, "bash")
	dir := t.TempDir()
	for _, file := range []string{"config.yaml", "handlers/echo_wsh.go", "other/x"} {
		writeTree(t, filepath.Join(dir, file), nil, 0o644)
	}
	for _, tt := range []struct{ line, want string }{
		{"wshd d", "demo dial"},
		{"wshd -p 9998 com", "completion"},
		{"wshd completion ", "bash zsh fish powershell"},
		{"wshd proxy-config n", "nginx"},
		{"wshd help ro", "routes rooms"},
		{"wshd --log-l", "--log-level"},
		{"wshd --log-level ", "debug info warn error fine warning critical"},
		{"wshd --log-format=j", "json"},
		{"wshd --config c", "config.yaml"},
		{"wshd -w h", "handlers"},
		{"wshd -w handlers check o", "other"},
		{"wshd -p ", ""},
		{"wshd dial --fr", "--frames"},
		{"wshd dial --log", ""},
		{"wshd dial -k :9998/", ""},
		{"wshd dial --script c", "config.yaml"},
		{"wshd --ping-i", "--ping-interval"},
	} {
		// COMP_WORDS is split as bash does, at = and blanks.
		script := theManual().Bash() + `
compopt() { :; }
line=$1
read -ra COMP_WORDS <<< "${line//=/ = }"
[[ "$line" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_wshd
echo "${COMPREPLY[*]}"`
		cmd := exec.CommandContext(t.Context(), bash, "--norc", "-c", script, "bash", tt.line)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != tt.want {
			t.Errorf("%q: got %q, %v; want %q", tt.line, got, err, tt.want)
		}
	}
}

// TestShellsTakeTheirScripts: they find nothing wrong with them.
func TestShellsTakeTheirScripts(t *testing.T) {
	m := theManual()
	for shell, script := range map[string]string{"zsh": m.Zsh(), "fish": m.Fish()} {
		t.Run(shell, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), shellOf(t, shell), "-n", file).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	t.Run("fish offers", func(t *testing.T) {
		out, err := exec.CommandContext(t.Context(), shellOf(t, "fish"), "--no-config", "-c", m.Fish()+"\ncomplete -C 'wshd --log-format '").CombinedOutput()
		if got := string(out); err != nil || got != "json\ttext or json\ntext\ttext or json\n" {
			t.Errorf("got %q, %v", out, err)
		}
	})
}

// TestManPage: man has nothing to say against it, and shows what help does.
func TestManPage(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), shellOf(t, "groff"), "-man", "-Tutf8", "-ww", "-rLL=100n", "-P-cbou")
	cmd.Stdin = strings.NewReader(theManual().Man("v1"))
	var wrong strings.Builder
	cmd.Stderr = &wrong
	out, err := cmd.Output()
	if err != nil || wrong.Len() > 0 {
		t.Fatalf("%v\n%s", err, &wrong)
	}
	for _, want := range []string{"wshd - serve WebSocket handlers", "-p, --port N", "wshd dial --hex :9998/echo \"08 06 07\"", "--no-pong", "a\\x00b"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the page lacks %q\n%s", want, out)
		}
	}
}
