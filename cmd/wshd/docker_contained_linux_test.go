package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
)

// contain runs the image as an engine would that lets it write nothing: as the first process of a
// process namespace of its own, on a root file system that is read-only, with the handlers as a
// read-only bind mount, and as a user that nobody has heard of.
func (s *dockerStage) contain() {
	s.t.Helper()
	namespaces := func() *syscall.SysProcAttr {
		return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID, Unshareflags: syscall.CLONE_NEWNS}
	}
	probe := exec.Command("true")
	if probe.SysProcAttr = namespaces(); probe.Run() != nil {
		s.t.Log("no namespaces are to be had here, so wshd is not tried as process 1 on a read-only file system")
		return
	}
	source := filepath.Join(s.t.TempDir(), "handlers")
	handler := func(says string) {
		writeTree(s.t, filepath.Join(source, "shout_wsh.go"), []byte(strings.ReplaceAll(`package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error { return r.SendText("SAYS " + m.Text()) })
}
`, "SAYS", says)), 0o644)
	}
	handler("first")
	s.env["WSHD_LISTEN"] = ":0"
	cmd := s.command([]string{"/bin/sh"}) // for its environment
	cmd.Path, cmd.Args, cmd.SysProcAttr = "/bin/sh", []string{"sh", "-ec", `
mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"
mount --bind "$2" "$1/handlers"; mount -o remount,ro,bind "$1/handlers"
exec chroot --userspec=+12345:+54321 --groups= "$1" "$3"`, "sh", s.root, source, s.entrypoint[0]}, namespaces()
	p := serveWith(s.t, cmd)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, want := range []string{`(?m)^NSpid:.*\t1$`, `(?m)^Uid:\t12345\t12345\t`, `(?m)^Gid:\t54321\t54321\t`, `(?m)^CapEff:\t0+$`} {
		if !regexp.MustCompile(want).Match(status) {
			s.t.Errorf("the process does not match %s:\n%s", want, status)
		}
	}
	p.wait(s.t, 0, regexp.MustCompile("handler loaded"))
	s.hears(p, "hello", "first hello")

	from := p.mark()
	handler("second")
	p.wait(s.t, from, regexp.MustCompile("handler reloaded"))
	s.hears(p, "hello", "second hello")

	from = p.mark()
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		s.t.Fatal(err)
	}
	p.wait(s.t, from, regexp.MustCompile("configuration reloaded"))
	err = p.stop()
	log, _ := p.text()
	if err != nil {
		s.t.Errorf("asked to go down, process 1 ended with %v", err)
	}
	if regexp.MustCompile(`level=(WARN|ERROR)`).MatchString(log) {
		s.t.Errorf("something is wrong with a read-only file system:\n%s", log)
	}
}
