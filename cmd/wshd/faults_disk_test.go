package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLogDiskFull gives the log a disk of its own and fills it: wshd says so, goes on, logs to
// standard error meanwhile, and returns to the file when there is space.
func TestLogDiskFull(t *testing.T) {
	if err := exec.Command("unshare", "--mount", "true").Run(); err != nil {
		t.Skipf("needs root, to mount a small disk: unshare --mount: %v", err)
	}
	// The disk is mounted for wshd alone; others see it through its /proc folder.
	disk := []string{"unshare", "--mount", "sh", "-c",
		`mkdir log && mount -t tmpfs -o size=64k none log && echo mounted >&2 && exec "$@"`, "sh"}
	v := newVictim(t, disk, "--log-file", "log/wshd.log", "--log-max-size", "0")
	v.logs("^mounted")
	log := fmt.Sprintf("/proc/%d/cwd/log/wshd.log", v.cmd.Process.Pid)
	file := &process{done: v.done, more: make(chan struct{}), found: map[int]bool{}}
	if err := follow(log, file, t.Cleanup); err != nil {
		t.Fatal(err)
	}
	v.ready(v.listening(file))
	room := `resource=/room `
	if _, err := file.find(room); err != nil { // of ready's
		t.Fatal(err)
	}
	filler := filepath.Join(filepath.Dir(log), "filler")
	if err := os.WriteFile(filler, bytes.Repeat([]byte("x"), 1<<20), 0o644); err == nil {
		t.Fatal("the disk takes a megabyte")
	}
	for !strings.Contains(v.log(), "no space left on device") {
		v.dial("/echo").CloseNow() // leaves a line in the log
	}
	v.logs(`^wshd: log file log/wshd.log: no space left on device; until it can be written the log goes on here`)
	v.logs(`msg="connection closed"`)
	v.unharmed()
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	v.dial("/room").CloseNow()
	v.logs(`^wshd: log file log/wshd.log: the log goes on there`)
	for range 2 { // the first of them may have been the one that went aside
		v.dial("/room").CloseNow()
	}
	if _, err := file.find(room); err != nil {
		t.Error(err)
	}
	v.unharmed()
}
