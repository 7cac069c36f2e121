package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"syscall"
)

// openListeners listens on every address, or on none.
func openListeners(s *settings) ([]net.Listener, error) {
	var open []net.Listener
	for _, address := range s.Listen {
		ls, err := listen(address)
		if err != nil {
			closeAll(open)
			return nil, listenError(s, address, err)
		}
		open = append(open, ls...)
	}
	return open, nil
}

func closeAll(ls []net.Listener) {
	for _, l := range ls {
		l.Close()
	}
}

// listen opens one address. localhost is both 127.0.0.1 and, where there is IPv6, ::1 on the same
// port: browsers and tools differ in which of them they try.
func listen(address string) ([]net.Listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if host != "localhost" {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return nil, err
		}
		return []net.Listener{l}, nil
	}
	for tries := 0; ; tries++ {
		ls, err := listenLoopback(port)
		if err == nil || port != "0" || !errors.Is(err, syscall.EADDRINUSE) || tries == 10 {
			return ls, err
		}
	}
}

// listenLoopback opens port on both loopback addresses. One that the machine does not have is left
// out; one that is taken is an error, since half of the clients would reach somebody else.
func listenLoopback(port string) (ls []net.Listener, err error) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		l, e := net.Listen("tcp", net.JoinHostPort(host, port))
		if e == nil {
			ls = append(ls, l)
			port = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
			continue
		}
		if err = e; !absent(e) {
			closeAll(ls)
			return nil, e
		}
	}
	if ls != nil {
		err = nil
	}
	return ls, err
}

// absent reports whether the machine lacks the address or its protocol altogether.
func absent(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) ||
		errors.Is(err, syscall.EPROTONOSUPPORT)
}

// listenError says why an address cannot be had, and what to do.
func listenError(s *settings, address string, err error) error {
	host, port, _ := net.SplitHostPort(address) // checked when the settings were loaded
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return withHint(fmt.Errorf("%s: listen on %s: the host name %q is unknown", s.where("listen"), address, host),
			"-H takes an address or name of this machine: localhost, or 0.0.0.0 for all of them")
	}
	var call syscall.Errno
	if errors.As(err, &call) {
		err = call
	}
	what := fmt.Errorf("%s: listen on %s: %w", s.where("listen"), address, err)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		other := "9999"
		if port == other {
			other = "9998"
		}
		return withHint(fmt.Errorf("%s: port %s is in use on %s", s.where("listen"), port, hostName(host)),
			"stop what listens there, or take another port: wshd -p "+other)
	case errors.Is(err, fs.ErrPermission):
		return withHint(what, "ports below 1024 are for root: take one above, such as 9998")
	case absent(err):
		return withHint(what, "this machine has no such address: wshd -H 0.0.0.0 listens on all it has")
	}
	return what
}

func hostName(host string) string {
	if host == "" {
		return "this machine"
	}
	return host
}

// onLoopback reports whether all listeners can be reached from this machine only.
func onLoopback(ls []net.Listener) bool {
	for _, l := range ls {
		if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			return false
		}
	}
	return true
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}
