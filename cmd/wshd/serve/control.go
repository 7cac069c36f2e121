package serve

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
	"strings"
	"time"

	"wshd/cmd/wshd/hint"
	"wshd/host/listen"
)

// A wshd that serves has a unix socket for those who may tell it what to do: who runs it, and root.
// One line goes in, the command's name and, after a blank, what belongs to it. What comes back begins with the line "ok" or "error".

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
	if h.control, err = openControl(runtimeFolders(h.Environ), controlName(a, port)); err != nil {
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
	h.closeRooms()
}

// maxOrder bounds what comes in, in bytes: a message for a room, in JSON.
const maxOrder = 8 << 20

// heedOne answers the question of one connection, or passes its order on, and the answer back.
func heedOne(ctx context.Context, c net.Conn, ask func(command, argument string) (answer, bool), orders chan<- order) {
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	_ = c.SetReadDeadline(time.Now().Add(controlTimeout)) // without it a client could keep us
	line, err := bufio.NewReader(io.LimitReader(c, maxOrder)).ReadString('\n')
	if err != nil {
		return
	}
	command, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
	if a, is := ask(command, argument); is {
		a.write(c)
		return
	}
	answered := make(chan answer, 1)
	select {
	case orders <- order{command, answered}:
	case <-ctx.Done():
		return
	}
	select {
	case a := <-answered:
		a.write(c)
	case <-ctx.Done():
	}
}

func (a answer) write(c net.Conn) {
	head := "ok\n"
	if a.err != nil {
		head, a.text = "error\n", hint.Text(a.err)
	}
	_ = c.SetWriteDeadline(time.Now().Add(controlTimeout))
	_, _ = io.WriteString(c, head+a.text) // who asked may have gone
}
