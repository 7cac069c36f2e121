package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// with starts what a recipe talks to, and puts its address into the environment.
func (s *sitting) with(what string) {
	s.t.Helper()
	switch what {
	case "postgres":
		s.env = append(s.env, startPostgres(s.t)...)
	case "redis":
		s.env = append(s.env, "REDIS_URL=redis://"+startRedis(s.t))
	case "backend":
		s.env = append(s.env, "BACKEND_URL="+startBackend(s.t))
	default:
		s.t.Fatalf("the test has no %s", what)
	}
}

// startPostgres starts a PostgreSQL with nothing in it, and returns the variables that lead clients there.
func startPostgres(t *testing.T) (env []string) {
	t.Helper()
	needs(t, "psql", "postgresql-client")
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // where Debian has them, which is on nobody's PATH
	if len(found) == 0 {
		needs(t, "initdb", "postgresql")
		found = []string{""}
	}
	bin := found[len(found)-1]
	dir, err := os.MkdirTemp("", "wshd-postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	who, name := &syscall.SysProcAttr{}, "tester"
	if os.Getuid() == 0 { // whom it refuses to work for
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		who.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	command := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, program), args...)
		cmd.Dir, cmd.SysProcAttr = dir, who
		return cmd
	}
	data := filepath.Join(dir, "data")
	if out, err := command("initdb", "-D", data, "-U", name, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	host, port, err := net.SplitHostPort(freeAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	options := fmt.Sprintf("-h %s -p %s -k %s -F", host, port, dir)
	log := filepath.Join(dir, "log")
	if out, err := command("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options).CombinedOutput(); err != nil {
		text, _ := os.ReadFile(log)
		t.Fatalf("%v\n%s\n%s", err, out, text)
	}
	t.Cleanup(func() {
		if out, err := command("pg_ctl", "stop", "-m", "immediate", "-D", data).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	url := fmt.Sprintf("postgres://%s@%s:%s/postgres", name, host, port)
	return []string{"DATABASE_URL=" + url}
}

// startRedis starts a Redis that keeps nothing, and returns its address.
func startRedis(t *testing.T) string {
	t.Helper()
	needs(t, "redis-server", "redis-server")
	needs(t, "redis-cli", "redis-tools")
	addr := freeAddr(t)
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	p, err := startPrinting(t, "redis-server", "--bind", host, "--port", port, "--save", "", "--dir", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.find("Ready to accept connections"); err != nil {
		t.Fatalf("%v\n%s", err, p.log())
	}
	return addr
}

// startPrinting starts a program that says on standard output what it does.
func startPrinting(t *testing.T, args ...string) (*process, error) {
	p, err := startCommand(t.TempDir(), os.Environ(), append([]string{"sh", "-c", `exec "$@" >&2`, "sh"}, args...))
	if err == nil {
		t.Cleanup(p.stop)
	}
	return p, err
}

// startBackend starts a web service of the kind that others run, and returns its address. Whoever calls it by
// more than one connection has no pool.
func startBackend(t *testing.T) string {
	t.Helper()
	var mu sync.Mutex
	connections := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/prices/none" {
			http.NotFound(w, q)
			return
		}
		fmt.Fprintf(w, `{"item":%q,"cents":1299}`, filepath.Base(q.URL.Path))
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			mu.Lock()
			defer mu.Unlock()
			connections++
		}
	}
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if connections != 1 {
			t.Errorf("the backend saw %d connections, want 1", connections)
		}
	})
	return server.URL
}
