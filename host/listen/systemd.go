package listen

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
)

// firstPassed is the descriptor of the first socket: sd_listen_fds(3).
const firstPassed = 3

// Passed are the sockets that systemd opened and passed on.
type Passed struct {
	files []*os.File
	names []string
}

// FromSystemd takes the sockets that the environment tells of. There are none if it speaks to another
// process.
func FromSystemd(environ []string) (*Passed, error) {
	env := map[string]string{}
	for _, e := range environ {
		if name, value, _ := strings.Cut(e, "="); strings.HasPrefix(name, "LISTEN_") {
			env[name] = value
		}
	}
	p := &Passed{}
	if env["LISTEN_FDS"] == "" || env["LISTEN_PID"] != strconv.Itoa(os.Getpid()) {
		return p, nil
	}
	n, err := strconv.Atoi(env["LISTEN_FDS"])
	if err != nil || n < 0 {
		return nil, fmt.Errorf("LISTEN_FDS: %q is no number", env["LISTEN_FDS"])
	}
	if names := env["LISTEN_FDNAMES"]; names != "" {
		p.names = strings.Split(names, ":")
	}
	if p.names != nil && len(p.names) != n {
		return nil, fmt.Errorf("LISTEN_FDNAMES has %d names for %d sockets", len(p.names), n)
	}
	for i := range n {
		p.files = append(p.files, inherit(firstPassed+i))
	}
	return p, nil
}

// Left reports whether there are sockets that no address has taken.
func (p *Passed) Left() bool {
	return slices.ContainsFunc(p.files, func(f *os.File) bool { return f != nil })
}

// take listens on the sockets of a name, the FileDescriptorName of a socket unit; on all for "".
func (p *Passed) take(name string) (ls []net.Listener, err error) {
	defer func() {
		if err != nil {
			for _, l := range ls {
				l.Close()
			}
		}
	}()
	for i, f := range p.files {
		if f == nil || name != "" && (p.names == nil || p.names[i] != name) {
			continue
		}
		if !accepts(f) {
			return ls, fmt.Errorf("descriptor %d of systemd does not accept connections (a socket unit with ListenStream= and Accept=no is needed)", firstPassed+i)
		}
		l, err := net.FileListener(f)
		if err != nil {
			return ls, fmt.Errorf("descriptor %d of systemd: %w", firstPassed+i, err)
		}
		f.Close() // l has its own
		p.files[i] = nil
		ls = append(ls, l)
	}
	switch {
	case ls != nil:
		return ls, nil
	case len(p.files) == 0:
		return nil, ErrNotPassed
	case name == "":
		return nil, errors.New("all sockets that systemd passed are taken")
	}
	names := slices.Clone(p.names)
	slices.Sort(names)
	return nil, fmt.Errorf("systemd passed no socket of this name (there are: %s)", strings.Join(slices.Compact(names), ", "))
}

// ErrNotPassed says that systemd passed no sockets: the process was started otherwise.
var ErrNotPassed = errors.New("systemd passed no socket")
