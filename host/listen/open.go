package listen

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"syscall"
)

// Listener is an open Address, or one half of it: localhost is two.
type Listener struct {
	net.Listener
	Address Address
	Secure  bool // it speaks TLS
	to      string
}

// RedirectTo is where to send clients on to instead of serving them: https, or https://host:port; "":
// they are served.
func (l *Listener) RedirectTo() string { return l.to }

// Error says why an Address cannot be had.
type Error struct {
	Address Address
	Err     error
}

func (e *Error) Error() string { return fmt.Sprintf("listen on %s: %v", e.Address, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Open listens at every address, or at none. secure holds, for each address, how it speaks TLS; nil:
// not. passed are the sockets that systemd passed; proxy is for the addresses that want it. An error is
// an *Error.
func Open(list []Address, secure []*tls.Config, passed *Passed, proxy *Proxy) ([]*Listener, error) {
	var open []*Listener
	for i, a := range list {
		ls, err := listen(a, passed)
		if err != nil {
			Close(open)
			return nil, &Error{Address: a, Err: err}
		}
		for _, l := range ls {
			if a.ProxyProtocol {
				l = &proxyListener{l, proxy}
			}
			if secure[i] != nil {
				l = tls.NewListener(l, secure[i])
			}
			open = append(open, &Listener{Listener: l, Address: a, Secure: secure[i] != nil})
		}
	}
	redirect(open)
	return open, nil
}

// redirect finds where clients are sent on to: the first listener that speaks TLS, unless the address
// says where.
func redirect(open []*Listener) {
	to := "https"
	i := slices.IndexFunc(open, func(l *Listener) bool { return l.Secure })
	if i >= 0 {
		if a, ok := open[i].Addr().(*net.TCPAddr); ok && a.Port != 443 {
			to += ":" + strconv.Itoa(a.Port)
		}
	}
	for _, l := range open {
		if l.to = l.Address.Redirect; l.to == "https" {
			l.to = to
		}
	}
}

// Close closes listeners.
func Close(ls []*Listener) {
	for _, l := range ls {
		l.Close()
	}
}

// Local reports whether all listeners can be reached from this machine only, and without a proxy in
// between: a unix socket is there for a proxy.
func Local(ls []*Listener) bool {
	for _, l := range ls {
		if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
			return false
		}
	}
	return true
}

// listen opens one address. localhost is both 127.0.0.1 and, where there is IPv6, ::1 on the same
// port: browsers and tools differ in which of them they try.
func listen(a Address, passed *Passed) ([]net.Listener, error) {
	switch a.Network {
	case "unix":
		return one(listenUnix(a))
	case "systemd":
		return passed.take(a.Name)
	}
	host, port, err := net.SplitHostPort(a.Name)
	if err != nil {
		return nil, err
	}
	if host != "localhost" {
		return one(net.Listen("tcp", a.Name))
	}
	for tries := 0; ; tries++ {
		ls, err := listenLoopback(port)
		if err == nil || port != "0" || !errors.Is(err, syscall.EADDRINUSE) || tries == 10 {
			return ls, err
		}
	}
}

func one(l net.Listener, err error) ([]net.Listener, error) {
	if err != nil {
		return nil, err
	}
	return []net.Listener{l}, nil
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
		if err = e; !Absent(e) {
			for _, l := range ls {
				l.Close()
			}
			return nil, e
		}
	}
	if ls != nil {
		err = nil
	}
	return ls, err
}

// Absent reports whether the machine lacks the address or its protocol altogether.
func Absent(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) ||
		errors.Is(err, syscall.EPROTONOSUPPORT)
}
