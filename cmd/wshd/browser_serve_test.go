package main

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// buildWshd builds the program as a user does.
func buildWshd(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "wshd")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// running is a wshd that serves the example handlers.
type running struct {
	port string
	stop func()
}

// serveExamples starts wshd on a port and waits until it listens. If somebody else has the port, it
// takes a free one.
func serveExamples(t *testing.T, program, port string, args ...string) *running {
	t.Helper()
	if taken(port) {
		t.Logf("port %s is taken: another one, and the page made to fit", port)
		port = "0"
	}
	cmd := exec.Command(program, append([]string{"-p", port, "-w", "../../scripts"}, args...)...)
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "WSHD_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &running{}
	var reading sync.WaitGroup
	r.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		reading.Wait()
		if err := cmd.Wait(); err != nil {
			t.Errorf("wshd: %v", err)
		}
	})
	t.Cleanup(r.stop)

	listening := regexp.MustCompile(`msg=listening .*addr="?\S*:(\d+)`)
	ports := make(chan string, 16)
	reading.Go(func() {
		defer close(ports)
		for lines := bufio.NewScanner(log); lines.Scan(); {
			t.Log(lines.Text())
			if found := listening.FindStringSubmatch(lines.Text()); found != nil {
				select {
				case ports <- found[1]:
				default: // it was heard before
				}
			}
		}
	})
	if r.port = <-ports; r.port == "" {
		t.Fatal("wshd ended before it listened")
	}
	return r
}

func taken(port string) bool {
	for _, host := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(host, port))
		if err == nil {
			l.Close()
			continue
		}
		if strings.Contains(err.Error(), "in use") {
			return true
		}
	}
	return false
}

// tutorial copies one of the tutorials' pages, with the port that wshd has got in place of the
// printed one.
func tutorial(t *testing.T, name, printed string, r *running) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "pages", name))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), ":"+printed) {
		t.Fatalf("%s does not name port %s", name, printed)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), ":"+printed, ":"+r.port)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// overHTTP serves a file's folder from a port of its own, as the tutorials' little web servers do.
func overHTTP(t *testing.T, file string) string {
	t.Helper()
	files := http.FileServer(http.Dir(filepath.Dir(file)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/favicon.ico" { // browsers ask for one, and complain
			w.WriteHeader(http.StatusNoContent)
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/" + filepath.Base(file)
}
