//go:build linux

package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestALogThatNobodyReadsKeepsNobodyWaiting: standard error is a pipe that is full from the start.
func TestALogThatNobodyReadsKeepsNobodyWaiting(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := w.Write(make([]byte, 64<<10)); err != nil { // all that it holds
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeTree(t, filepath.Join(dir, "handlers", "echo_wsh.go"), []byte(echoScript), 0o644)
	wshd, err := exec.LookPath("wshd")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), wshd, "--listen", "unix:"+filepath.Join(dir, "s"), "-w", "handlers")
	cmd.Dir, cmd.Stderr, cmd.Env = dir, w, append(os.Environ(), "RUNTIME_DIRECTORY="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	var c net.Conn
	for late := time.Now().Add(waitLimit); c == nil && time.Now().Before(late); <-again.C {
		if c, err = net.Dial("unix", filepath.Join(dir, "s")); err != nil {
			c = nil
		}
	}
	if c == nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(waitLimit)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Errorf("it does not serve: %v", err)
	}
	for _, sig := range []os.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("got %v, want 0", err)
		}
	case <-time.After(waitLimit):
		t.Error("SIGTERM is not heeded")
	}
}
