package listen

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// socket is a unix socket, whose file goes when it is closed.
type socket struct {
	*net.UnixListener
	file fs.FileInfo
}

// Close closes the socket and removes its file, unless another has taken its place.
func (s *socket) Close() error {
	name := s.Addr().String()
	if now, err := os.Lstat(name); err == nil && os.SameFile(now, s.file) {
		_ = os.Remove(name) // what is left is replaced at the next start
	}
	return s.UnixListener.Close()
}

// listenUnix opens a unix socket. Its file is the owner's alone until mode and owner are set.
func listenUnix(a Address) (net.Listener, error) {
	l, err := bind(a.Name)
	if errors.Is(err, syscall.EADDRINUSE) {
		if err := removeStale(a.Name); err != nil {
			return nil, err
		}
		l, err = bind(a.Name)
	}
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // socket does it
	s := &socket{UnixListener: l}
	if s.file, err = os.Lstat(a.Name); err == nil {
		err = setOwnerAndMode(a)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func bind(name string) (*net.UnixListener, error) {
	defer umask(umask(0o177))
	return net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: name})
}

// setOwnerAndMode sets the owner and the mode of a's file.
func setOwnerAndMode(a Address) error {
	uid, gid, err := owner(a.Owner)
	if err != nil {
		return err
	}
	if uid >= 0 || gid >= 0 {
		if err := os.Lchown(a.Name, uid, gid); err != nil {
			return err
		}
	}
	mode := a.Mode
	if mode == 0 {
		mode = 0o660
	}
	return os.Chmod(a.Name, mode)
}

// owner looks up user:group; either may be left out, or be a number. -1 is for what is left out.
func owner(s string) (uid, gid int, err error) {
	name, group, _ := strings.Cut(s, ":")
	if uid, err = strconv.Atoi(name); name == "" {
		uid = -1
	} else if err != nil {
		u, err := user.Lookup(name)
		if err != nil {
			return 0, 0, fmt.Errorf("owner: there is no user %s", name)
		}
		uid, _ = strconv.Atoi(u.Uid) // a number on unix
	}
	if gid, err = strconv.Atoi(group); group == "" {
		gid = -1
	} else if err != nil {
		g, err := user.LookupGroup(group)
		if err != nil {
			return 0, 0, fmt.Errorf("owner: there is no group %s", group)
		}
		gid, _ = strconv.Atoi(g.Gid)
	}
	return uid, gid, nil
}

// removeStale removes the file of a socket on which nobody answers: one that was left by a process
// that died.
func removeStale(name string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("there is a file of this name, which is no socket")
	}
	if err := refuses(name); err != nil {
		return err
	}
	return removeAside(name)
}

// removeAside removes the file of a socket. Somebody may have begun to listen there since it was
// looked at, so it is put aside and asked again before it goes.
func removeAside(name string) error {
	aside := name + "." + strconv.Itoa(os.Getpid())
	if err := os.Rename(name, aside); err != nil {
		return err
	}
	if err := refuses(aside); err != nil {
		return errors.Join(err, os.Rename(aside, name))
	}
	return os.Remove(aside)
}

// refuses returns nil if nobody answers at a socket, and else why that cannot be said.
func refuses(name string) error {
	c, err := net.Dial("unix", name)
	switch {
	case err == nil:
		c.Close()
		return syscall.EADDRINUSE
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil
	}
	return err
}
