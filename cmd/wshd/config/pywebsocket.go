package config

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"wshd/cmd/wshd/hint"
	"wshd/host/listen"
	"wshd/plugins"
)

// What pywebsocket's command line and configuration file have that ours do not is here.

const pythonSection = "[pywebsocket]"

// withPythonConfig takes a configuration file of pywebsocket's, which holds options by their long
// names, as if they stood first on the command line.
func withPythonConfig(f Flags, name string, text []byte) (Flags, error) {
	options, err := pythonOptions(name, text)
	if err != nil {
		return f, err
	}
	all, err := ParseFlags(slices.Concat(options, f.typed))
	if err != nil {
		return f, err
	}
	all.Args = f.Args // without the subcommand
	return all, nil
}

// hasSection tells a configuration file of pywebsocket's from any other.
func hasSection(text []byte) bool {
	for line := range bytes.Lines(text) {
		if string(bytes.TrimSpace(line)) == pythonSection {
			return true
		}
	}
	return false
}

// pythonOptions makes flags of a section's lines: "port = 9998", "port: 9998", or "tls" alone.
func pythonOptions(name string, text []byte) (options []string, _ error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	within := false
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			within = line == pythonSection
			continue
		}
		if !within || line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		option, value := line, ""
		if i := strings.IndexAny(line, "=:"); i >= 0 {
			option, value = strings.TrimSpace(line[:i]), strings.TrimSpace(line[i+1:])
		}
		arg := "--" + option
		if value != "" {
			arg += "=" + value
		}
		if _, err := ParseFlags([]string{arg}); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
		options = append(options, arg)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("config file %s: %w", name, err)
	}
	return options, nil
}

// pywebsocket takes the options that are no keys.
func (s *Settings) pywebsocket(f Flags) error {
	o := f.other
	if o.noTLS {
		s.TLS.Certificate, s.TLS.Key, s.TLS.ClientAuth = "", "", "off"
	}
	if o.tls && (s.TLS.Certificate == "" || s.TLS.Key == "") {
		return hint.With(errors.New("--tls needs a certificate and its key"),
			"wshd -t -c cert.pem -k key.pem")
	}
	if o.certOpt {
		if s.TLS.ClientAuth == "off" {
			return hint.With(errors.New("--tls-client-cert-optional without --tls-client-auth"),
				"wshd --tls-client-auth=optional says both")
		}
		s.TLS.ClientAuth = "optional"
	}
	if o.basic {
		if !strings.Contains(o.credential, ":") {
			return errors.New("--basic-auth-credential: no colon (write user:password)")
		}
		s.Credential = o.credential
	}
	s.sharedDocumentRoot()
	s.pathsUnderDocumentRoot()
	return errors.Join(s.readMap(o.mapFile), s.hostAndPort(f))
}

// readMap reads -m. Its malformed lines are told, and the others count.
func (s *Settings) readMap(name string) error {
	if name == "" {
		return nil
	}
	var err error
	s.MapFile = s.underDocumentRoot(name)
	s.Mapped, err = plugins.ReadMapFile(s.MapFile)
	var malformed plugins.MapErrors
	if errors.As(err, &malformed) {
		s.Unmapped = malformed
		return nil
	}
	if err != nil {
		return fmt.Errorf("--websock-handlers-map-file: %w", err)
	}
	return nil
}

// pathsUnderDocumentRoot finds the files of the command line where pywebsocket does, which changes
// into the document root first.
func (s *Settings) pathsUnderDocumentRoot() {
	for key, name := range map[string]*string{
		"tls.certificate": &s.TLS.Certificate, "tls.key": &s.TLS.Key, "tls.client_ca": &s.TLS.ClientCA,
	} {
		if strings.HasPrefix(s.from[key], "--") {
			*name = s.underDocumentRoot(*name)
		}
	}
}

// underDocumentRoot is name, or the file of that name in the document root if only that is there.
func (s *Settings) underDocumentRoot(name string) string {
	if s.DocumentRoot == "" || name == "" || filepath.IsAbs(name) {
		return name
	}
	if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
		return name
	}
	under := filepath.Join(s.DocumentRoot, name)
	if _, err := os.Stat(under); err != nil {
		return name
	}
	return under
}

// sharedDocumentRoot finds the handlers where pywebsocket does when it is told the document root
// alone: in there.
func (s *Settings) sharedDocumentRoot() {
	if s.from["handlers"] != "" || s.DocumentRoot == "" {
		return
	}
	if _, err := os.Stat(s.Handlers); errors.Is(err, os.ErrNotExist) {
		s.Handlers = s.DocumentRoot
		s.from["handlers"] = s.from["document_root"]
	}
}

// hostAndPort applies -H and -p: each takes the place of a half of the first TCP address, and where there
// is none they are a further one. The other addresses stay.
func (s *Settings) hostAndPort(f Flags) error {
	host, port := f.other.host, f.other.port
	if host.values == nil && port.values == nil {
		return nil
	}
	if f.keys["listen"] != nil {
		return hint.Usage(errors.New("--listen together with -H or -p"), "give either")
	}
	s.Listen = slices.Clone(s.Listen)
	i := slices.IndexFunc(s.Listen, func(a listen.Address) bool { return a.Network == "tcp" })
	if i < 0 {
		i = len(s.Listen)
		s.Listen = append(s.Listen, Defaults().Listen...)
	}
	address := &s.Listen[i]
	oldHost, oldPort, _ := net.SplitHostPort(address.Name) // checked when it was read
	if host.values != nil {
		oldHost = strings.Trim(host.String(), "[]")
		s.from["listen"] = "--server-host"
		if oldHost == "" {
			oldHost = "localhost"
		}
	}
	if port.values != nil {
		oldPort = port.String()
		if host.values == nil {
			s.from["listen"] = "--port"
		} else {
			s.from["listen"] = "--server-host, --port"
		}
	}
	address.Name = net.JoinHostPort(oldHost, oldPort)
	return nil
}
