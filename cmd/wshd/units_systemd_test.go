package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wshd/host/listen"
)

// unitKeys reads a unit file's lines as "[Section]Key" to values.
func unitKeys(t *testing.T, name string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(checkout, "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	keys, section := map[string][]string{}, ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			section = line
		case !ok || section == "":
			t.Errorf("%s: %q is no setting", name, line)
		default:
			keys[section+key] = append(keys[section+key], value)
		}
	}
	return keys
}

func TestUnitsStartWshdAsItIs(t *testing.T) {
	service, socket := unitKeys(t, "wshd.service"), unitKeys(t, "wshd.socket")
	command := service["[Service]ExecStart"]
	if len(command) != 1 {
		t.Fatalf("got %d commands, want 1", len(command))
	}
	// The last --config counts, and the one that is installed is not here.
	args := append(strings.Fields(command[0])[1:], "--config", checkout+"/config.yaml")
	s, err := settingsOf(t, nil, args...)
	if err != nil {
		t.Fatal(err)
	}
	start := strings.Fields(command[0])
	again := slices.Insert(slices.Clone(start), 1, "reload")
	if reload := service["[Service]ExecReload"]; len(reload) != 1 || !slices.Equal(strings.Fields(reload[0]), again) {
		t.Errorf("it is reloaded by %q, want %q", reload, again)
	}
	if dir := service["[Service]RuntimeDirectory"]; !slices.Equal(dir, []string{"wshd"}) {
		t.Errorf("the control socket is in %q, want wshd", dir)
	}
	if dir := service["[Service]StateDirectory"]; !slices.Equal(dir, []string{"wshd"}) {
		t.Errorf("what rooms keep is in %q, want wshd", dir)
	}
	if want := []listen.Address{{Network: "systemd"}}; !slices.Equal(s.Listen, want) {
		t.Errorf("listens on %v, want %v", s.Listen, want)
	}
	if !slices.Contains(service["[Unit]Requires"], "wshd.socket") {
		t.Error("the service does not need its socket")
	}
	for _, address := range socket["[Socket]ListenStream"] {
		if _, err := listen.Parse(address); err != nil {
			t.Error(err)
		}
	}
	if limit := service["[Service]TimeoutStopSec"]; len(limit) != 1 || limit[0] != (2*s.Drain).String() {
		t.Errorf("it is killed after %v, want twice the drain, %v", limit, 2*s.Drain)
	}
}

func TestUnitsAreWhatSystemdUnderstands(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("systemd-analyze is not installed")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, name := range []string{"wshd.service", "wshd.socket"} {
		text, err := os.ReadFile(filepath.Join(checkout, "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		// It looks whether the program is there.
		text = []byte(strings.ReplaceAll(string(text), "=/usr/local/bin/wshd ", "="+self+" "))
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(analyze, "verify", dir+"/wshd.service", dir+"/wshd.socket").CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
