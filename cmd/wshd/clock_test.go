package main

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clock is the wall clock of the processes that the test starts, and nobody else's.
type clock struct {
	file *os.File // holds by how many seconds it is off
	fail func(...any)
}

// newClock makes wshd one whose wall clock can jump while it runs, as when somebody sets the machine's:
// it is built with a time package of its own, whose Now adds what the file says, while the clock that
// measures how long things take goes on as ever.
func newClock(t *testing.T) *clock {
	t.Helper()
	dir := t.TempDir()
	c := &clock{fail: t.Fatal}
	var err error
	if c.file, err = os.Create(filepath.Join(dir, "clock")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.file.Close() })
	c.jump(0)
	buildOtherTime(t, dir)
	t.Setenv("TEST_CLOCK", c.file.Name())
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return c
}

// jump sets the clock: so far from the true time.
func (c *clock) jump(to time.Duration) {
	seconds := binary.NativeEndian.AppendUint64(nil, uint64(to/time.Second))
	if _, err := c.file.WriteAt(seconds, 0); err != nil {
		c.fail(err)
	}
}

// buildOtherTime builds wshd with testdata/clock in its time package.
func buildOtherTime(t *testing.T, dir string) {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	text, err := os.ReadFile(filepath.Join(source, "time.go"))
	if err != nil {
		t.Fatal(err)
	}
	const now = "\tsec, nsec, mono := runtimeNow()\n"
	if n := strings.Count(string(text), now); n != 1 {
		t.Fatalf("Go's time.Now reads the clock in another way than before: found its line %d times", n)
	}
	writeTree(t, filepath.Join(dir, "time.go"), []byte(strings.Replace(string(text), now, now+"\tsec += jumped()\n", 1)), 0o644)
	jump, err := filepath.Abs("testdata/clock/jump.go")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		filepath.Join(source, "time.go"): filepath.Join(dir, "time.go"),
		filepath.Join(source, "jump.go"): jump,
	}})
	if err != nil {
		t.Fatal(err)
	}
	writeTree(t, filepath.Join(dir, "overlay.json"), overlay, 0o644)
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", filepath.Join(dir, "wshd"), ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, out)
	}
}
