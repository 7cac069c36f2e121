package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestDockerfile makes what the Dockerfile makes, as far as that goes without a container engine:
// the build stage's commands run in a folder of their own, on this machine's Go in place of the base
// image, and what the last stage copies becomes a root file system, in which wshd is run by chroot
// as the image's user.
func TestDockerfile(t *testing.T) {
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("in CI this runs as root")
		}
		t.Skip("chroot is for root")
	}
	stages := dockerStages(t)
	if len(stages) != 2 {
		t.Fatalf("got %d stages, want 2", len(stages))
	}
	build := newDockerStage(t, stages[0])
	build.checkGo()
	// The base image has one; what is in it does not matter here.
	writeTree(t, filepath.Join(build.root, "etc/ssl/certs/ca-certificates.crt"), []byte("authorities\n"), 0o644)
	build.run(nil)
	image := newDockerStage(t, stages[1])
	if image.base != "scratch" {
		t.Fatalf("the last stage is FROM %s, want scratch", image.base)
	}
	image.run(map[string]*dockerStage{build.name: build})

	if _, err := os.Stat(filepath.Join(image.root, "etc/ssl/certs/ca-certificates.crt")); err != nil {
		t.Errorf("the image has no certificate authorities: %v", err)
	}
	if info, err := os.Stat(filepath.Join(image.root, "tmp")); err != nil || info.Mode().Perm() != 0o777 || info.Mode()&os.ModeSticky == 0 {
		t.Errorf("/tmp is not for everybody: %v, %v", info, err)
	}
	for name, want := range map[string]string{"WSHD_LISTEN": ":9998", "WSHD_HANDLERS": "/handlers"} {
		if got := image.env[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if image.expose != "9998" {
		t.Errorf("exposes %q, want 9998", image.expose)
	}
	image.serve()
	image.contain()
}

// serve runs the image's command in its root file system, with a handler mounted.
func (s *dockerStage) serve() {
	s.t.Helper()
	// What an engine adds to every container.
	writeTree(s.t, filepath.Join(s.root, "etc/hosts"), []byte("127.0.0.1 localhost\n"), 0o644)
	handler := filepath.Join(s.root, "handlers/shout_wsh.go")
	script := func(sound string) {
		writeTree(s.t, handler, []byte(`package main

import (
	"strings"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error { return r.SendText(strings.ToUpper(m.Text()) + "`+sound+`") })
}
`), 0o644)
	}
	script("!")
	s.env["WSHD_LISTEN"] = ":0" // 9998 may be taken on this machine
	p := serveWith(s.t, s.command(s.entrypoint))
	port := p.addr[strings.LastIndexByte(p.addr, ':'):]

	s.env["WSHD_LISTEN"] = port
	if out, err := s.command(s.healthcheck).CombinedOutput(); err != nil {
		s.t.Errorf("the health check of a healthy wshd: %v\n%s", err, out)
	}
	s.hears(p, "hello", "HELLO!")
	from := p.mark()
	script("?")
	p.wait(s.t, from, regexp.MustCompile("handler reloaded"))
	s.hears(p, "hello", "HELLO?")
	if err := p.stop(); err != nil {
		log, _ := p.text()
		s.t.Errorf("asked to go down, wshd ended with %v:\n%s", err, log)
	}
	if out, err := s.command(s.healthcheck).CombinedOutput(); err == nil {
		s.t.Errorf("the health check of no wshd succeeds:\n%s", out)
	}
}

func (s *dockerStage) hears(p *served, say, want string) {
	s.t.Helper()
	c, status := dialFrames(s.t, p.addr, "http://"+p.addr, "/shout", "")
	if status != 101 {
		s.t.Fatalf("got %d, want 101", status)
	}
	c.send(say)
	if got := c.receive(); got != want {
		s.t.Errorf("got %q, want %q", got, want)
	}
}

// command is one of the image's, in its root file system, by its user.
func (s *dockerStage) command(args []string) *exec.Cmd {
	s.t.Helper()
	m := regexp.MustCompile(`^(\d+):(\d+)$`).FindStringSubmatch(s.user)
	if m == nil || m[1] == "0" {
		s.t.Fatalf("the image's user is %q, want numbers, and not root's", s.user)
	}
	uid, _ := strconv.ParseUint(m[1], 10, 32)
	gid, _ := strconv.ParseUint(m[2], 10, 32)
	if len(args) == 0 {
		s.t.Fatal("the image lacks a command")
	}
	cmd := &exec.Cmd{Path: args[0], Args: args, Dir: "/", SysProcAttr: &syscall.SysProcAttr{
		Chroot:     s.root,
		Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)},
	}}
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=container"}
	for name, value := range s.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// execForm reads a command in JSON, the only form that needs no shell.
func (s *dockerStage) execForm(args string) (command []string) {
	s.t.Helper()
	if err := json.Unmarshal([]byte(args), &command); err != nil {
		s.t.Fatalf("%s: %v", args, err)
	}
	return command
}
