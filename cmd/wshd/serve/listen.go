package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/host/listen"
)

// openListeners listens at every address, or at none.
func (h *hosting) openListeners(r *reading) error {
	s := r.settings
	h.certificates = watchCertificates(s, h.log.Logger)
	h.certificates.look(time.Now())
	passed, err := listen.FromSystemd(h.Environ)
	if err != nil {
		return err
	}
	proxy := &listen.Proxy{
		Trusts:  func(peer net.Addr) bool { return h.server.TrustsProxy(peer) },
		Ignored: func(peer net.Addr) { h.server.ProxyIgnored(peer) },
		Refused: func(peer net.Addr, reason error) { h.server.ProxyRefused(peer, reason) },
		Timeout: s.Limits.HandshakeTimeout,
	}
	if h.listeners, err = listen.Open(s.Listen, r.tls, passed, proxy); err != nil {
		return listenError(s, "listen", err)
	}
	if passed.Left() {
		h.log.Warn("sockets of systemd not used", "reason", s.Where("listen")+": has no systemd, or not all of their names")
	}
	return nil
}

// listenError says why an address cannot be had, and what to do.
func listenError(s *config.Settings, key string, err error) error {
	var e *listen.Error
	if !errors.As(err, &e) {
		return err
	}
	var call syscall.Errno
	if errors.As(e.Err, &call) {
		e.Err = call
	}
	err = fmt.Errorf("%s: %w", s.Where(key), e)
	switch e.Address.Network {
	case "unix":
		return unixError(s, key, e, err)
	case "systemd":
		if errors.Is(err, listen.ErrNotPassed) {
			return hint.With(err, "it does when wshd.service is started together with a wshd.socket; by hand: systemd-socket-activate -l 9998 wshd --listen systemd")
		}
		return err
	}
	host, port, _ := net.SplitHostPort(e.Address.Name) // checked when the settings were loaded
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return hint.With(fmt.Errorf("%s: listen on %s: the host name %q is unknown", s.Where(key), e.Address, host),
			"-H takes an address or name of this machine: localhost, or 0.0.0.0 for all of them")
	case errors.Is(err, syscall.EADDRINUSE):
		other := "9999"
		if port == other {
			other = "9998"
		}
		return hint.With(fmt.Errorf("%s: port %s is in use on %s", s.Where(key), port, hostName(host)),
			"stop what listens there, or take another port: wshd -p "+other)
	case errors.Is(err, fs.ErrPermission):
		return hint.With(err, "ports below 1024 are for root: take one above, such as 9998")
	case listen.Absent(err):
		return hint.With(err, "this machine has no such address: wshd -H 0.0.0.0 listens on all it has")
	}
	return err
}

func unixError(s *config.Settings, key string, e *listen.Error, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return hint.With(fmt.Errorf("%s: somebody listens on %s", s.Where(key), e.Address),
			"stop it, or take another file")
	case errors.Is(err, fs.ErrPermission):
		return hint.With(err, "wshd must be able to make files in this folder, and be root or in the group to give the file away")
	case errors.Is(err, fs.ErrNotExist):
		return hint.With(err, "make the folder, or have systemd make it: RuntimeDirectory=wshd")
	}
	return err
}

func hostName(host string) string {
	if host == "" {
		return "this machine"
	}
	return host
}
