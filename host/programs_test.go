//go:build unix

package host

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"wshd/host/documents"
	"wshd/host/door"
)

// programs is a host with some programs, and a folder where they tell of themselves.
type programs struct {
	*testHost
	dir string
}

func servePrograms(t *testing.T, c Config, scripts map[string]string) *programs {
	t.Helper()
	root, dir := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "cgi-bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range scripts {
		text = "#!/bin/sh\nDIR='" + dir + "'\n" + text
		if err := os.WriteFile(filepath.Join(root, "cgi-bin", name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if c.Documents, err = documents.Open(documents.Config{Root: root}); err != nil {
		t.Fatal(err)
	}
	c.CGI.Paths = []string{"/cgi-bin"}
	return &programs{serve(t, nil, c), dir}
}

// process waits for a file with a process's number, and returns that.
func (p *programs) process(t *testing.T, name string) int {
	t.Helper()
	for late := time.Now().Add(patience); time.Now().Before(late); {
		text, _ := os.ReadFile(filepath.Join(p.dir, name))
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && strings.HasSuffix(string(text), "\n") {
			return pid
		}
	}
	t.Fatalf("no process wrote %s", name)
	return 0
}

// ends waits until a process is no more.
func ends(t *testing.T, pid int) {
	t.Helper()
	for late := time.Now().Add(patience); ; {
		if err := syscall.Kill(pid, 0); err != nil {
			return
		}
		// One whose parent has gone is nobody's to reap in a container without init.
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("process %d goes on", pid)
		}
	}
}

// A program and what it has started, which heed no SIGTERM, before any answer.
const endless = `trap '' TERM
sh -c 'trap "" TERM; echo $$ >"$0/child"; while :; do sleep 1; done' "$DIR" &
echo $$ >"$DIR/parent"
while :; do sleep 1; done
`

func TestProgramsEndWithTheirClient(t *testing.T) {
	p := servePrograms(t, Config{}, map[string]string{"endless": endless})
	for _, request := range []string{
		fmt.Sprintf(get, "/cgi-bin/endless"),
		"POST /cgi-bin/endless HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody",
		"POST /cgi-bin/endless HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nbody",
	} {
		os.Remove(filepath.Join(p.dir, "parent"))
		os.Remove(filepath.Join(p.dir, "child"))
		c := dial(t, p.addr)
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		parent, child := p.process(t, "parent"), p.process(t, "child")
		c.Close()
		ends(t, parent)
		ends(t, child)
	}
}

func TestProgramsEndAfterTheirTime(t *testing.T) {
	p := servePrograms(t, Config{CGI: CGI{Time: 300 * time.Millisecond}}, map[string]string{
		"endless": endless,
		"half":    "printf 'Content-Type: text/plain\\n\\nhalf'\n" + endless,
	})
	if res, _ := dial(t, p.addr).request(fmt.Sprintf(get, "/cgi-bin/endless")); res.StatusCode != 504 {
		t.Errorf("got %s, want 504", res.Status)
	}
	ends(t, p.process(t, "child"))
	p.log.wait(t, `msg="program failed"`, "script=/cgi-bin/endless", "cgi_time")
	c := dial(t, p.addr)
	io.WriteString(c, fmt.Sprintf(get, "/cgi-bin/half"))
	all, _ := io.ReadAll(c)
	if !strings.Contains(string(all), "half") || strings.HasSuffix(string(all), "0\r\n\r\n") {
		t.Errorf("got %q, want an answer that is cut off", all)
	}
	if n := p.limits.Counts()["cgi_time"]; n != 2 {
		t.Errorf("counted %d, want 2", n)
	}
}

func TestProgramsEndAtTheDrain(t *testing.T) {
	p := servePrograms(t, Config{}, map[string]string{"endless": endless})
	c := dial(t, p.addr)
	io.WriteString(c, fmt.Sprintf(get, "/cgi-bin/endless"))
	parent, child := p.process(t, "parent"), p.process(t, "child")
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	ends(t, parent)
	ends(t, child)
}

func TestWhatAProgramLeavesBehindEnds(t *testing.T) {
	p := servePrograms(t, Config{}, map[string]string{
		"leave": `printf 'Content-Type: text/plain\n\ndone'
sh -c 'echo $$ >"$0/child"; while :; do sleep 1; done' "$DIR" &
while ! [ -s "$DIR/child" ]; do :; done
`})
	if _, body := dial(t, p.addr).request(fmt.Sprintf(get, "/cgi-bin/leave")); body != "done" {
		t.Errorf("got %q", body)
	}
	ends(t, p.process(t, "child"))
}

func TestProgramsAreBounded(t *testing.T) {
	p := servePrograms(t, Config{CGI: CGI{Processes: 3}}, map[string]string{"endless": endless, "quick": "printf 'Content-Type: text/plain\\n\\ndone'\n"})
	var clients []*client
	begin := func(from string) {
		os.Remove(filepath.Join(p.dir, "parent"))
		c := dialFrom(t, from, p.addr)
		io.WriteString(c, fmt.Sprintf(get, "/cgi-bin/endless"))
		p.process(t, "parent")
		clients = append(clients, c)
	}
	ask := func(from string, want int) {
		t.Helper()
		res, body := dialFrom(t, from, p.addr).request(fmt.Sprintf(get, "/cgi-bin/quick"))
		if res.StatusCode != want || want != 200 && res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: got %s: %s, want %d", from, res.Status, body, want)
		}
	}
	begin("127.0.0.2")
	ask("127.0.0.2", 200)
	begin("127.0.0.2")
	ask("127.0.0.2", 429) // half of them are one client's
	ask("127.0.0.3", 200)
	begin("127.0.0.3")
	ask("127.0.0.4", 503)
	p.log.wait(t, "request refused", "cgi_processes", "status=503")
	for _, c := range clients {
		c.Close()
	}
}

func TestWhatAProgramSeesAndSays(t *testing.T) {
	c := Config{}
	c.Door.Basic = door.OneUser("alice", "secret")
	p := servePrograms(t, c, map[string]string{
		"env":    "printf 'Content-Type: text/plain\\n\\n'\nenv | grep -E 'AUTH|REMOTE_USER|HTTP_'\n",
		"moan":   "for i in $(seq 1 300); do echo \"line $i\" >&2; done\nhead -c 5000 /dev/zero | tr '\\0' x >&2\nprintf 'Content-Type: text/plain\\n\\nok'\n",
		"status": "printf 'Status: 418 Teapot\\r\\nContent-Type: text/plain\\r\\nX-A: b\\r\\nConnection: close\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nshort'\n",
		"to":     "printf 'Location: /elsewhere\\n\\n'\n",
		"none":   "exit 3\n",
		"bad":    "echo this is no header\n",
		"type":   "printf 'X-A: b\\n\\nbody'\n",
		"wrong":  "printf 'Status: 99\\nContent-Type: text/plain\\n\\n'\n",
		"long":   "printf 'Content-Type: text/plain\\nX-A: '; head -c 100000 /dev/zero | tr '\\0' x; printf '\\n\\n'\n",
		"big":    "printf 'Content-Type: text/plain\\n\\n'; head -c 1000000 /dev/zero | tr '\\0' x\n",
	})
	const alice = "Authorization: Basic YWxpY2U6c2VjcmV0"
	ask := func(name string) (int, string, string) {
		t.Helper()
		raw := strings.Replace(fmt.Sprintf(get, "/cgi-bin/"+name), "\r\n\r\n", "\r\n"+alice+"\r\nProxy: evil\r\nX_Forged: 1\r\nX-Good: 2\r\nCookie: a=b\r\n\r\n", 1)
		res, body := dial(t, p.addr).request(raw)
		return res.StatusCode, res.Header.Get("Location") + res.Header.Get("X-A"), body
	}
	_, _, env := ask("env")
	for _, want := range []string{"REMOTE_USER=alice", "AUTH_TYPE=Basic", "HTTP_X_GOOD=2", "HTTP_COOKIE=a=b"} {
		if !strings.Contains(env, want+"\n") {
			t.Errorf("no %s in %s", want, env)
		}
	}
	for _, not := range []string{"HTTP_AUTHORIZATION", "HTTP_PROXY", "FORGED", "HTTP_CONNECTION", "YWxpY2U6c2VjcmV0"} {
		if strings.Contains(env, not) {
			t.Errorf("%s in %s", not, env)
		}
	}
	for _, tt := range []struct {
		name, header, body string
		status             int
	}{
		{"status", "b", "short", 418}, {"to", "/elsewhere", "", 302}, {"none", "", "Internal Server Error\n", 500},
		{"bad", "", "Internal Server Error\n", 500}, {"type", "", "Internal Server Error\n", 500},
		{"wrong", "", "Internal Server Error\n", 500}, {"long", "", "Internal Server Error\n", 500},
		{"big", "", strings.Repeat("x", 1_000_000), 200}, {"moan", "", "ok", 200},
	} {
		if status, header, body := ask(tt.name); status != tt.status || header != tt.header || body != tt.body {
			t.Errorf("%s: got %d %q %.100q, want %d %q %.100q", tt.name, status, header, body, tt.status, tt.header, tt.body)
		}
	}
	p.log.wait(t, "script=/cgi-bin/none", "exit status 3")
	p.log.wait(t, `msg="script output"`, "script=/cgi-bin/moan", `line="line 1"`)
	p.log.wait(t, "script=/cgi-bin/moan", `line="and 201 lines more"`)
	if log := p.log.String(); strings.Contains(log, "line 101") || len(log) > 50_000 {
		t.Errorf("the log has %d bytes", len(log))
	}
}

// TestProgramsAreNotSentByLinks: what lies below a CGI path is no file by another path either.
func TestProgramsAreNotSentByLinks(t *testing.T) {
	h := servePrograms(t, Config{}, map[string]string{"run": "echo secret", "index.html": "echo secret"})
	root := h.config.Load().Documents.(*documents.Root)
	found, err := root.Find("/cgi-bin/run")
	if err != nil {
		t.Fatal(err)
	}
	top := filepath.Dir(filepath.Dir(found.File))
	for name, to := range map[string]string{"self": ".", "bin": "cgi-bin", "run": "cgi-bin/run"} {
		if err := os.Symlink(to, filepath.Join(top, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/self/cgi-bin/run", "/self/self/bin/run", "/bin/run", "/run", "/bin/", "/self/bin"} {
		if res, body := dial(t, h.addr).request(fmt.Sprintf(get, path)); res.StatusCode != http.StatusNotFound || strings.Contains(body, "secret") {
			t.Errorf("%s: got %d %q", path, res.StatusCode, body)
		}
	}
	h.log.wait(t, `reason="a file that is not sent"`, "resource=/self/cgi-bin/run", "a link to a program")
}
