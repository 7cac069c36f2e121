package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// TestSIGTERMIsNotLostAmongOthers: however many signals ask for a reload before it.
func TestSIGTERMIsNotLostAmongOthers(t *testing.T) {
	v := newVictim(t, nil)
	v.ready(v.listening(v.process))
	for range 500 {
		v.signal(syscall.SIGHUP)
	}
	v.signal(syscall.SIGTERM)
	if code, err := v.exitCode(); code != 0 || err != nil {
		t.Errorf("got %d, %v, want 0", code, err)
	}
}

func (v *victim) signal(sig os.Signal) {
	v.t.Helper()
	if err := v.cmd.Process.Signal(sig); err != nil {
		v.t.Fatal(err)
	}
}

// TestTheReaderOfTheLogGoes: wshd serves on without one, and drains at its end.
func TestTheReaderOfTheLogGoes(t *testing.T) {
	v := newVictim(t, nil)
	v.ready(v.listening(v.process))
	if err := v.stderr.Close(); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		v.dial("/echo").CloseNow() // leaves a line
	}
	v.echoes(v.steady)
	last, _, err := websocket.Dial(v.ctx, "ws://"+v.addr+"/echo", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer last.CloseNow()
	v.signal(syscall.SIGTERM)
	if _, _, err := last.Read(v.ctx); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("got %v, want 1001", err)
	}
	if code, err := v.exitCode(); code != 0 || err != nil {
		t.Errorf("got %d, %v, want 0", code, err)
	}
}

// TestLogrotateMovesTheLog: after SIGHUP the log goes on in a file of its old name.
func TestLogrotateMovesTheLog(t *testing.T) {
	v := newVictim(t, nil, "--log-file", "wshd.log")
	name := filepath.Join(v.dir, "wshd.log")
	file := &process{done: v.done, more: make(chan struct{}), found: map[int]bool{}}
	if err := follow(name, file, t.Cleanup); err != nil {
		t.Fatal(err)
	}
	v.ready(v.listening(file))
	for i := range 3 {
		moved := name + "." + strconv.Itoa(i)
		if err := os.Rename(name, moved); err != nil {
			t.Fatal(err)
		}
		v.signal(syscall.SIGHUP)
		if _, err := file.findNew(`msg="configuration reloaded"`); err != nil {
			t.Fatalf("%d: %v\n%s", i, err, file.log())
		}
		before, err := os.ReadFile(moved)
		if err != nil {
			t.Fatal(err)
		}
		v.dial("/room").CloseNow()
		if _, err := file.findNew(`msg="connection closed" resource=/room`); err != nil {
			t.Fatal(err)
		}
		if now, err := os.ReadFile(moved); err != nil || !bytes.Equal(now, before) {
			t.Errorf("the old file grows: %q, %v", bytes.TrimPrefix(now, before), err)
		}
	}
	v.unharmed()
}

// TestAFloodOfShortConnectionsFillsNoLog: some of their lines are written, and all are counted.
func TestAFloodOfShortConnectionsFillsNoLog(t *testing.T) {
	const flood = 3000
	v := newVictim(t, nil)
	v.ready(v.listening(v.process))
	for range flood {
		v.dial("/echo").CloseNow()
	}
	v.signal(syscall.SIGTERM)
	if code, err := v.exitCode(); code != 0 || err != nil {
		t.Errorf("got %d, %v, want 0", code, err)
	}
	written := strings.Count(v.log(), `msg="connection closed"`)
	left := 0
	for _, m := range regexp.MustCompile(`msg="log lines left out" reason="connection closed" count=(\d+)`).FindAllStringSubmatch(v.log(), -1) {
		n, _ := strconv.Atoi(m[1])
		left += n
	}
	if written > flood/2 || written+left != flood+2 { // ready's are two
		t.Errorf("got %d lines, and %d that were left out, want at most %d and %d together", written, left, flood/2, flood+2)
	}
}
