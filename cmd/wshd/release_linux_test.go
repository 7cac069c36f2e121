package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestRelease makes two releases, looks at what they consist of, and installs, upgrades and removes the
// .deb, on a machine of its own: this one's files, with a layer above them that takes what is written.
// There is no systemd; what it would be told is noted, and wshd is started as its unit says.
func TestRelease(t *testing.T) {
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("in CI this runs as root")
		}
		t.Skip("packages are for root to install")
	}
	for program, debian := range map[string]string{"dpkg": "dpkg", "rpm": "rpm", "file": "file"} {
		needs(t, program, debian)
	}
	first, second := makeRelease(t, "0.1.0-test.1"), makeRelease(t, "0.1.0-test.2")
	checkFiles(t, first, "0.1.0-test.1")

	m := newLayer(t)
	m.dpkg("-i", oneOf(t, first, "*.deb"))
	m.wantOrders("daemon-reload\nenable --now wshd.socket wshd.service\n")
	m.serves("0.1.0-test.1")

	config := filepath.Join(m.root, "etc/wshd/config.yaml")
	mine := "handlers: handlers\ndrain: 3s\n"
	writeTree(t, config, []byte(mine), 0o644)
	m.dpkg("-i", oneOf(t, second, "*.deb"))
	m.wantOrders("daemon-reload\ndaemon-reload\ntry-restart wshd.service\n")
	if text, err := os.ReadFile(config); err != nil || string(text) != mine {
		t.Errorf("the upgrade has made %q (%v) of config.yaml", text, err)
	}
	m.serves("0.1.0-test.2")

	m.dpkg("-r", "wshd")
	m.wantOrders("disable --now wshd.service wshd.socket\ndaemon-reload\n")
	m.want(map[string]bool{"usr/bin/wshd": false, "usr/lib/systemd/system/wshd.service": false, "etc/wshd/config.yaml": true, "var/lib/wshd": true})
	m.dpkg("-P", "wshd")
	m.want(map[string]bool{"etc/wshd/config.yaml": false, "etc/wshd/handlers/echo_wsh.go": false, "var/lib/wshd": false})
}

// layer is a machine like this one.
type layer struct {
	t    *testing.T
	root string
}

const layerScript = `
mount --make-rprivate /
mount -t tmpfs layer "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay layer -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount --bind /dev "$1/root/dev"
mount -t proc proc "$1/root/proc"
echo layered >&2
exec sleep infinity`

// newLayer mounts it, in a namespace that ends with the test.
func newLayer(t *testing.T) *layer {
	t.Helper()
	dir := t.TempDir()
	p, err := startCommand(dir, os.Environ(), []string{"unshare", "-m", "sh", "-ec", layerScript, "sh", dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.stop)
	if _, err := p.find("^layered$"); err != nil {
		t.Fatalf("no layer above this machine's files is to be had: %v\n%s", err, p.log())
	}
	m := &layer{t, fmt.Sprintf("/proc/%d/root%s/root", p.cmd.Process.Pid, dir)}
	writeTree(t, filepath.Join(m.root, "usr/local/bin/systemctl"), []byte("#!/bin/sh\necho \"$@\" >>/orders\n"), 0o755)
	for _, name := range []string{"run/systemd/system", "var/lib/wshd"} {
		if err := os.MkdirAll(filepath.Join(m.root, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// dpkg runs it there; a package is copied to there first.
func (m *layer) dpkg(what, name string) {
	m.t.Helper()
	if strings.HasSuffix(name, ".deb") {
		text, err := os.ReadFile(name)
		if err != nil {
			m.t.Fatal(err)
		}
		name = "/" + filepath.Base(name)
		writeTree(m.t, filepath.Join(m.root, name), text, 0o644)
	}
	cmd := exec.Command("/usr/bin/dpkg", what, name)
	cmd.Dir, cmd.SysProcAttr = "/", &syscall.SysProcAttr{Chroot: m.root}
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"}
	if text, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("dpkg %s %s: %v\n%s", what, name, err, text)
	}
}

// wantOrders checks what systemctl was told since it was asked last.
func (m *layer) wantOrders(want string) {
	m.t.Helper()
	file := filepath.Join(m.root, "orders")
	text, err := os.ReadFile(file)
	if err != nil || string(text) != want {
		m.t.Errorf("systemctl was told %q (%v), want %q", text, err, want)
	}
	if err := os.Remove(file); err != nil {
		m.t.Fatal(err)
	}
}

func (m *layer) want(there map[string]bool) {
	m.t.Helper()
	for name, want := range there {
		if _, err := os.Lstat(filepath.Join(m.root, name)); (err == nil) != want {
			m.t.Errorf("%s: %v, want it there: %v", name, err, want)
		}
	}
}

// serves starts wshd as its unit does, on a socket of systemd's and as a user of its own, and talks to it.
func (m *layer) serves(version string) {
	m.t.Helper()
	unit, err := os.ReadFile(filepath.Join(m.root, "usr/lib/systemd/system/wshd.service"))
	if err != nil {
		m.t.Fatal(err)
	}
	start := regexp.MustCompile(`(?m)^ExecStart=(/usr/bin/wshd .*)$`).FindSubmatch(unit)
	if start == nil {
		m.t.Fatalf("the unit does not start /usr/bin/wshd:\n%s", unit)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.t.Fatal(err)
	}
	defer l.Close()
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		m.t.Fatal(err)
	}
	defer socket.Close()
	admin := freeAddr(m.t)
	env := []string{"PATH=/usr/bin:/bin", "WSHD_ADMIN_LISTEN=" + admin, "WSHD_ADMIN_TOKEN=a-token-of-16-or-more"}
	p, err := startCommand("/", env, []string{"/usr/sbin/chroot", "--userspec=61184:61184", m.root,
		"/bin/sh", "-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec " + string(start[1])}, socket)
	if err != nil {
		m.t.Fatal(err)
	}
	defer p.stop()
	if _, err := p.find(`msg="handler loaded" script=echo_wsh.go`); err != nil {
		m.t.Fatalf("%v\n%s", err, p.log())
	}
	c, status := dialFrames(m.t, l.Addr().String(), "http://"+l.Addr().String(), "/echo", "")
	if status != 101 {
		m.t.Fatalf("got %d, want 101\n%s", status, p.log())
	}
	c.send("hello")
	if got := c.receive(); got != "hello" {
		m.t.Errorf("got %q, want hello", got)
	}
	metrics := output(m.t, "/", "curl", "-fsS", "-m", "10", "-H", "Authorization: Bearer a-token-of-16-or-more", "http://"+admin+"/metrics")
	if want := `wshd_info{version="` + version + `"} 1`; !strings.Contains(metrics, want) {
		m.t.Errorf("the metrics lack %s:\n%s", want, metrics)
	}
}
