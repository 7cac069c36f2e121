package main

import (
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"

	"wshd/cmd/wshd/config"
)

// listening is the line of the log that tells an address.
const listening = `"?msg"?[=:]"?listening"? ?,?"?addr"?[=:]"?([^ "]*)`

// start runs wshd with the arguments and waits until it listens. It sets ADDR and PORT, of the first
// listener. "-log FILE" before the arguments: the log is in that file. "-tty": it is on a terminal.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! start")
	}
	file := ""
	if len(args) > 1 && args[0] == "-log" {
		file, args = ts.MkAbs(args[1]), args[2:]
	}
	run := startProcess
	if len(stateOf(ts).passed) > 0 {
		run = stateOf(ts).activate
	}
	expr := listening
	if len(args) > 0 && args[0] == "-tty" {
		run, expr, args = startOnTerminal, `  pages +\S*http://([^/]*)/`, args[1:]
	}
	p, err := run(ts.MkAbs("."), environ(ts), args)
	ts.Check(err)
	ts.Defer(func() {
		p.stop()
		ts.Logf("[wshd]\n%s", p.log())
	})
	stateOf(ts).process = p
	if file != "" {
		ts.Check(follow(file, p, ts.Defer))
	}
	addr, err := p.find(expr)
	if err != nil {
		ts.Fatalf("%v\n%s", err, p.log())
	}
	ts.Setenv("ADDR", addr)
	setPort(ts, "PORT", addr)
}

// portCommand waits for the next address that wshd listens at and sets a variable to its port.
func portCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port VARIABLE")
	}
	p := stateOf(ts).process
	addr, err := p.find(listening)
	if err != nil {
		ts.Fatalf("%v\n%s", err, p.log())
	}
	setPort(ts, args[0], addr)
}

// setPort sets a variable to the port of an address; a unix socket has none.
func setPort(ts *testscript.TestScript, variable, addr string) {
	if strings.HasPrefix(addr, "unix:") {
		return
	}
	_, port, err := net.SplitHostPort(addr)
	ts.Check(err)
	ts.Setenv(variable, port)
}

// environ is the script's environment.
func environ(ts *testscript.TestScript) (env []string) {
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "RUNTIME_DIRECTORY", "WORK", "GOROOT", "GOCACHE", "GOPROXY", "TERM", "NO_COLOR"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	c := config.Defaults()
	for _, k := range append(config.Keys(&c), config.Key{Name: "config"}) {
		if value := ts.Getenv(k.Env()); value != "" {
			env = append(env, k.Env()+"="+value)
		}
	}
	return env
}

// signalCommand sends the running wshd a signal: TERM, INT, HUP or KILL.
func signalCommand(ts *testscript.TestScript, neg bool, args []string) {
	sig, ok := map[string]syscall.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}[args[0]]
	if neg || !ok {
		ts.Fatalf("usage: signal TERM|INT|HUP|KILL")
	}
	ts.Check(stateOf(ts).process.cmd.Process.Signal(sig))
}

// exited waits for the running wshd to exit, with the code given.
func exited(ts *testscript.TestScript, neg bool, args []string) {
	p := stateOf(ts).process
	code, err := p.exitCode()
	ts.Check(err)
	if neg || len(args) != 1 || args[0] != strconv.Itoa(code) {
		ts.Fatalf("exit code %d, want %v\n%s", code, args, p.log())
	}
}

// logCommand waits for a line of the log that matches, one that has not been found before. With "!"
// it wants nothing so far to match.
func logCommand(ts *testscript.TestScript, neg bool, args []string) {
	p := stateOf(ts).process
	if len(args) != 1 {
		ts.Fatalf("usage: [!] log REGEXP")
	}
	if neg {
		if regexp.MustCompile("(?m)" + args[0]).MatchString(p.log()) {
			ts.Fatalf("logged: %s\n%s", args[0], p.log())
		}
		return
	}
	if _, err := p.findNew(args[0]); err != nil {
		ts.Fatalf("%v\n%s", err, p.log())
	}
}

// save replaces a file as editors do, by renaming.
func save(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: save FROM TO")
	}
	text := ts.ReadFile(args[0])
	to := ts.MkAbs(args[1])
	ts.Check(os.WriteFile(to+"~", []byte(text), 0o666))
	ts.Check(os.Rename(to+"~", to))
}
