package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wshd/host/listen"
)

// A wshd that serves has a unix socket for those who may tell it what to do: who runs it, and root.
// One line goes in, the command's name. What comes back begins with the line "ok" or "error".

const controlSuffix = ".sock"

// controlTimeout bounds how long one side of the control socket waits for the other.
const controlTimeout = 30 * time.Second

// order is a command that came in.
type order struct {
	command string
	answer  chan<- answer
}

type answer struct {
	text string
	err  error
}

// runtimeFolders are where the sockets may be, best first. Who gives RUNTIME_DIRECTORY, as systemd
// does, means this one.
func runtimeFolders(environ []string) (folders []string) {
	for _, e := range environ {
		if dirs, ok := strings.CutPrefix(e, "RUNTIME_DIRECTORY="); ok && filepath.IsAbs(dirs) {
			dir, _, _ := strings.Cut(dirs, ":")
			return []string{dir}
		}
		if dir, ok := strings.CutPrefix(e, "XDG_RUNTIME_DIR="); ok && filepath.IsAbs(dir) {
			folders = append(folders, filepath.Join(dir, "wshd"))
		}
	}
	return append(folders, "/run/wshd", filepath.Join(os.TempDir(), fmt.Sprintf("wshd-%d", os.Getuid())))
}

// controlName names the socket of the wshd whose first address is a, on this port.
func controlName(a listen.Address, port string) string {
	name := a.Name
	if host, _, err := net.SplitHostPort(name); a.Network == "tcp" && err == nil {
		name = net.JoinHostPort(host, port)
	} else if abs, err := filepath.Abs(name); a.Network == "unix" && err == nil {
		name = abs
	}
	return url.PathEscape(a.Network+" "+name) + controlSuffix
}

// openControl opens the control socket in the first folder where that can be done.
func openControl(folders []string, name string) (net.Listener, error) {
	var errs []error
	for _, dir := range folders {
		if err := privateFolder(dir); err != nil {
			errs = append(errs, err)
			continue
		}
		a := listen.Address{Network: "unix", Name: filepath.Join(dir, name), Mode: 0o600}
		ls, err := listen.Open([]listen.Address{a}, []*tls.Config{nil}, nil, nil)
		if err == nil {
			return ls[0], nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

// privateFolder makes dir, or finds it such that nobody else can put another socket in our place.
func privateFolder(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 || !ownedBy(info, os.Getuid()) {
		return fmt.Errorf("%s is not a folder that is ours alone", dir)
	}
	return nil
}

// openControl opens the control socket, for those who can use one: wshd serves without it too.
func (h *hosting) openControl() {
	a, port := h.listeners[0].Address, ""
	if _, p, err := net.SplitHostPort(h.listeners[0].Addr().String()); err == nil {
		port = p
	}
	var err error
	if h.control, err = openControl(runtimeFolders(h.environ), controlName(a, port)); err != nil {
		h.log.Debug("no control socket", "err", err)
	}
}

func (h *hosting) closeControl() {
	if h.control != nil {
		h.control.Close()
	}
}

// closeAll closes what was opened when start does not succeed.
func (h *hosting) closeAll() {
	listen.Close(h.listeners)
	h.closeControl()
}

// heed takes orders until l is closed.
func heed(ctx context.Context, l net.Listener, orders chan<- order) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		heedOne(ctx, c, orders)
	}
}

// heedOne passes the order of one connection on, and its answer back.
func heedOne(ctx context.Context, c net.Conn, orders chan<- order) {
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	_ = c.SetReadDeadline(time.Now().Add(controlTimeout)) // without it a client could keep us
	line, err := bufio.NewReader(io.LimitReader(c, 256)).ReadString('\n')
	if err != nil {
		return
	}
	answered := make(chan answer, 1)
	select {
	case orders <- order{strings.TrimSpace(line), answered}:
	case <-ctx.Done():
		return
	}
	select {
	case a := <-answered:
		head := "ok\n"
		if a.err != nil {
			head, a.text = "error\n", describe(a.err)
		}
		_ = c.SetWriteDeadline(time.Now().Add(controlTimeout))
		_, _ = io.WriteString(c, head+a.text) // who asked may have gone
	case <-ctx.Done():
	}
}

// command tells the running wshd of this configuration to do something, and returns what it says.
func (p program) command(s *settings, name string) (string, error) {
	c, err := dialControl(runtimeFolders(p.environ), s.Listen[0])
	if err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(controlTimeout)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(c, name+"\n"); err != nil {
		return "", err
	}
	said, err := io.ReadAll(c)
	if err != nil {
		return "", err
	}
	head, text, _ := strings.Cut(string(said), "\n")
	switch head {
	case "ok":
		return text, nil
	case "error":
		return "", described(text)
	}
	return "", errors.New("wshd went away without an answer")
}

// dialControl finds the wshd that listens at a; else, since a may be new, the only one there is.
func dialControl(folders []string, a listen.Address) (net.Conn, error) {
	_, port, _ := net.SplitHostPort(a.Name) // other networks have none
	var others []string
	for _, dir := range folders {
		name := filepath.Join(dir, controlName(a, port))
		if c, err := net.Dial("unix", name); err == nil {
			return c, nil
		} else if errors.Is(err, fs.ErrPermission) {
			return nil, withHint(fmt.Errorf("the wshd at %s is not yours", a), "only who runs it can tell it what to do, and root")
		}
		found, _ := filepath.Glob(filepath.Join(dir, "*"+controlSuffix))
		others = append(others, found...)
	}
	var running []net.Conn
	others = slices.DeleteFunc(others, func(name string) bool {
		c, err := net.Dial("unix", name)
		if err == nil {
			running = append(running, c)
		}
		return err != nil
	})
	if len(running) == 1 {
		return running[0], nil
	}
	for _, c := range running {
		c.Close()
	}
	if len(running) == 0 {
		return nil, withHint(errors.New("no wshd is running that can be told"),
			"it must be yours, on this machine; elsewhere send it SIGHUP")
	}
	for i, name := range others {
		name, _ = url.PathUnescape(strings.TrimSuffix(filepath.Base(name), controlSuffix))
		_, others[i], _ = strings.Cut(name, " ")
	}
	return nil, withHint(fmt.Errorf("there is no wshd at %s, but at %s", a, strings.Join(others, " and at ")), "say which: --listen "+others[0])
}

// reload is the command.
func (p program) reload(f flags) error {
	s, err := loadSettings(f, p.environ)
	if err != nil {
		return err
	}
	text, err := p.command(s, "reload")
	if err != nil {
		return err
	}
	_, err = io.WriteString(p.stdout, text)
	return err
}

// describe puts an error on lines, for report to print as its own.
func describe(err error) string {
	var b strings.Builder
	for _, e := range flatten(err) {
		fmt.Fprintln(&b, e)
	}
	var h *hintedError
	if errors.As(err, &h) {
		fmt.Fprintln(&b, "hint: "+h.hint)
	}
	return b.String()
}

// described is describe backwards.
func described(text string) error {
	text, hint, hinted := strings.Cut(strings.TrimRight(text, "\n"), "\nhint: ")
	var errs []error
	for line := range strings.SplitSeq(text, "\n") {
		errs = append(errs, errors.New(line))
	}
	err := errors.Join(errs...)
	if hinted {
		err = withHint(err, hint)
	}
	return err
}
