package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"wshd/plugins/wsh/wshtest"
)

// leakChecked makes testscript's Main look for goroutines that are left behind.
type leakChecked struct{ *testing.M }

func (m leakChecked) Run() int { return wshtest.Run(m.M) }

func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"wshd": main})
}

func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../scripts")
	if err != nil {
		t.Fatal(err)
	}
	env, err := exec.Command("go", "env", "GOROOT", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	goroot, gocache, _ := strings.Cut(strings.TrimSpace(string(env)), "\n")
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"start":  start,
			"signal": signalCommand,
			"exited": exited,
			"log":    logCommand,
			"ws":     ws,
			"refuse": refuse,
			"http":   httpCommand,
			"certs":  certs,
			"peer":   peerCommand,
			"save":   save,
			"port":   portCommand,
			"pass":   pass,
			"token":  tokenCommand,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLES", examples)
			e.Setenv("RUNTIME_DIRECTORY", filepath.Join(e.WorkDir, ".run")) // so that no other test's wshd is found
			e.Setenv("GOROOT", goroot)
			e.Setenv("GOCACHE", gocache)
			e.Setenv("PATH", filepath.Join(goroot, "bin")+string(filepath.ListSeparator)+e.Getenv("PATH"))
			e.Values[world{}] = &state{sockets: map[string]*socket{}}
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			if cond == "network" { // there is a way to elsewhere
				c, err := net.Dial("udp", "192.0.2.1:9")
				if err == nil {
					c.Close()
				}
				return err == nil, nil
			}
			if cond != "ipv6" {
				return false, fmt.Errorf("unknown condition %s", cond)
			}
			l, err := net.Listen("tcp", "[::1]:0")
			if err == nil {
				l.Close()
			}
			return err == nil, nil
		},
	})
}

// world is the key of a script's state.
type world struct{}

// state is what a script has going on.
type state struct {
	process *process // the last started
	sockets map[string]*socket
	passed  []*os.File // sockets, as systemd passes them
	names   []string   // of passed
}

func stateOf(ts *testscript.TestScript) *state { return ts.Value(world{}).(*state) }
