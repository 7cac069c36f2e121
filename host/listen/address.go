// Package listen opens what a host accepts connections on: TCP, unix sockets, descriptors of systemd,
// TLS, the PROXY protocol.
package listen

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"wshd/host/door"
)

// Address is one place to listen at, and how. It is written localhost:9998, unix:/run/wshd.sock or
// systemd, with options behind it: unix:/run/wshd.sock?mode=0660&owner=:www-data.
type Address struct {
	Network  string      // tcp, unix or systemd
	Name     string      // host:port, the socket's file, or which of systemd's sockets ("": all)
	Mode     fs.FileMode // of the socket's file; 0: 0660
	Owner    string      // of the socket's file: user, user:group or :group; "": who runs the host
	Plain    bool        // never TLS, whatever the others speak
	TLS      TLS         // its own; the zero value: none
	Redirect string      // only send clients on to HTTPS: https or https://host:port; "": serve them

	ProxyProtocol bool // connections begin with a PROXY header
}

// options are what may stand behind an address.
var options = []string{"mode", "owner", "proxy_protocol", "redirect", "tls", "tls.certificate", "tls.key", "tls.client_ca", "tls.client_auth", "tls.http2"}

// Parse reads an address with its options.
func Parse(s string) (Address, error) {
	name, query, _ := strings.Cut(s, "?")
	a := Address{Network: "tcp", Name: name}
	if scheme, rest, ok := strings.Cut(name, ":"); scheme == "systemd" || ok && scheme == "unix" {
		a.Network, a.Name = scheme, rest
	}
	seen := map[string]bool{}
	for option := range strings.SplitSeq(query, "&") {
		if query == "" {
			break
		}
		key, value, _ := strings.Cut(option, "=")
		if seen[key] {
			return a, fmt.Errorf("%s: %s stands there twice", name, key)
		}
		seen[key] = true
		if err := a.Set(key, value); err != nil {
			return a, fmt.Errorf("%s: %w", name, err)
		}
	}
	return a, a.Check()
}

func (a *Address) checkName() error {
	switch {
	case a.Network == "unix" && a.Name == "":
		return errors.New("unix: no file (write unix:/run/wshd/wshd.sock)")
	case a.Network == "unix" && len(a.Name) > 107:
		return fmt.Errorf("%s: the name of a unix socket has at most 107 bytes, this one %d", a, len(a.Name))
	case a.Network != "tcp":
		return nil
	}
	host, port, err := net.SplitHostPort(a.Name)
	if err != nil {
		if isPort(a.Name) {
			return fmt.Errorf("%q is no address (write localhost:%s, or :%s to serve everybody)", a.Name, a.Name, a.Name)
		}
		return fmt.Errorf("%q is no address (write localhost:9998, :9998 to serve everybody, unix:/run/wshd.sock or systemd)", a.Name)
	}
	if strings.ContainsAny(host, "/ ") {
		return fmt.Errorf("%q is no address: %q is no host", a.Name, host)
	}
	if !isPort(port) {
		return fmt.Errorf("%q is no port (0 to 65535)", port)
	}
	return nil
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// Set gives an option a value.
func (a *Address) Set(option, value string) error {
	if value == "" && slices.Contains(options, option) {
		return fmt.Errorf("%s has no value", option)
	}
	switch option {
	case "mode":
		mode, err := strconv.ParseUint(value, 8, 32)
		if err != nil || mode == 0 || mode > 0o777 {
			return fmt.Errorf("mode: %q is no file mode (write 0660)", value)
		}
		a.Mode = fs.FileMode(mode)
	case "owner":
		a.Owner = value
	case "proxy_protocol":
		return setBool(&a.ProxyProtocol, option, value)
	case "redirect":
		u, err := url.Parse(value)
		if value != "https" && (err != nil || u.Scheme != "https" || u.Host == "" || value != "https://"+u.Host) {
			return fmt.Errorf("redirect: %q (write https, or where to: https://example.com)", value)
		}
		if value != "https" {
			name, err := door.NormalName(u.Hostname())
			if err != nil {
				return fmt.Errorf("redirect: %w", err)
			}
			value = "https://" + strings.Replace(u.Host, u.Hostname(), name, 1)
		}
		a.Redirect = value
	case "tls":
		if value != "off" {
			return fmt.Errorf("tls: %q (write off, or a group with certificate and key)", value)
		}
		a.Plain = true
	case "tls.certificate":
		a.TLS.Certificate = value
	case "tls.key":
		a.TLS.Key = value
	case "tls.client_ca":
		a.TLS.ClientCA = value
	case "tls.client_auth":
		a.TLS.ClientAuth = value
	case "tls.http2":
		return setBool(&a.TLS.HTTP2, option, value)
	default:
		return fmt.Errorf("unknown option %q (there are %s)", option, strings.Join(options, ", "))
	}
	return nil
}

func setBool(on *bool, option, value string) (err error) {
	if *on, err = strconv.ParseBool(value); err != nil {
		return fmt.Errorf("%s: %q is neither true nor false", option, value)
	}
	return nil
}

// Check finds what is wrong with a: its name, or options that do not go together.
func (a *Address) Check() error {
	if err := a.checkName(); err != nil {
		return err
	}
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%s: %w", a, fmt.Errorf(format, args...))
	}
	own := a.TLS != (TLS{})
	switch {
	case a.Network != "unix" && (a.Mode != 0 || a.Owner != ""):
		return wrong("mode and owner are for the file of a unix socket")
	case own && a.Plain:
		return wrong("tls: off, and yet a certificate")
	case own && a.Redirect != "":
		return wrong("what redirects to HTTPS speaks no TLS itself (give redirect or tls)")
	case own:
		if err := a.TLS.check(); err != nil {
			return wrong("tls: %w", err)
		}
	}
	return nil
}

// Relative finds the files that a names in dir, unless they are absolute.
func (a *Address) Relative(dir string) {
	names := []*string{&a.TLS.Certificate, &a.TLS.Key, &a.TLS.ClientCA}
	if a.Network == "unix" {
		names = append(names, &a.Name)
	}
	for _, name := range names {
		if *name != "" && !filepath.IsAbs(*name) {
			*name = filepath.Join(dir, *name)
		}
	}
}

// String is the address as it is written, without its options.
func (a Address) String() string {
	if a.Network == "tcp" || a.Name == "" {
		return strings.TrimPrefix(a.Network+a.Name, "tcp")
	}
	return a.Network + ":" + a.Name
}
