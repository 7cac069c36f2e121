package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
)

// settings is the configuration with where each part of it came from.
type settings struct {
	Config
	file       string            // the config file; "" if there is none
	from       map[string]string // key to config.yaml:12, WSHD_DRAIN or --drain; defaults are absent
	mapFile    string            // -m
	credential string            // user:password of --basic-auth; "" if it was not given
	warnings   []warning
}

// warning is something odd in what was set, that keeps nothing from working: what, always in the
// same words, and the reason, which names it.
type warning struct{ what, reason string }

// loadSettings puts together defaults, file, environment and flags, in this order.
func loadSettings(f flags, environ []string) (*settings, error) {
	s := &settings{Config: Defaults(), from: map[string]string{}}
	env := environment(environ)
	if s.file = f.other.config; s.file == "" {
		s.file = env["WSHD_CONFIG"]
	}
	if s.file != "" {
		from, err := readConfigFile(s.file, &s.Config)
		if err != nil {
			return nil, err
		}
		s.from = from
	}
	if err := errors.Join(s.read(f, env), s.pywebsocket(f)); err != nil {
		return nil, err
	}
	s.warn(f, env)
	return s, s.check()
}

// read takes the keys that the environment and the flags set.
func (s *settings) read(f flags, env map[string]string) error {
	var errs []error
	for _, k := range Keys(&s.Config) {
		if value := env[k.Env()]; value != "" {
			errs = append(errs, s.set(k, k.Env(), value))
		}
		if values := f.keys[k.Name]; values != nil {
			errs = append(errs, s.set(k, "--"+k.Flag(), joinValues(k, values)))
		}
	}
	return errors.Join(errs...)
}

func (s *settings) set(k Key, source, value string) error {
	s.from[k.Name] = source
	if err := k.Set(value); err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	return nil
}

// joinValues makes one value of a flag that was given several times: lists grow, else the last counts.
func joinValues(k Key, values []string) string {
	switch k.value.(type) {
	case *[]string, *Aliases:
		return strings.Join(values, ",")
	}
	return values[len(values)-1]
}

// pywebsocket takes the options that are no keys.
func (s *settings) pywebsocket(f flags) error {
	o := f.other
	s.mapFile = o.mapFile
	if o.noTLS {
		s.TLS.Certificate, s.TLS.Key, s.TLS.ClientAuth = "", "", "off"
	}
	if o.tls && (s.TLS.Certificate == "" || s.TLS.Key == "") {
		return withHint(errors.New("--tls needs a certificate and its key"),
			"wshd -t -c cert.pem -k key.pem")
	}
	if o.certOpt {
		if s.TLS.ClientAuth == "off" {
			return withHint(errors.New("--tls-client-cert-optional without --tls-client-auth"),
				"wshd --tls-client-auth=optional says both")
		}
		s.TLS.ClientAuth = "optional"
	}
	if o.basic {
		if !strings.Contains(o.credential, ":") {
			return errors.New("--basic-auth-credential: no colon (write user:password)")
		}
		s.credential = o.credential
	}
	s.sharedDocumentRoot()
	return s.hostAndPort(f)
}

// sharedDocumentRoot finds the handlers where pywebsocket does when it is told the document root
// alone: in there.
func (s *settings) sharedDocumentRoot() {
	if s.from["handlers"] != "" || s.DocumentRoot == "" {
		return
	}
	if _, err := os.Stat(s.Handlers); errors.Is(err, os.ErrNotExist) {
		s.Handlers = s.DocumentRoot
		s.from["handlers"] = s.from["document_root"]
	}
}

// hostAndPort applies -H and -p: each takes the place of a half of the first address.
func (s *settings) hostAndPort(f flags) error {
	host, port := f.other.host, f.other.port
	if host.values == nil && port.values == nil {
		return nil
	}
	if f.keys["listen"] != nil {
		return usageError(errors.New("--listen together with -H or -p"), "give either")
	}
	oldHost, oldPort, err := net.SplitHostPort(slices.Concat(s.Listen, Defaults().Listen)[0])
	if err != nil {
		return nil // check says what is wrong with it
	}
	if host.values != nil {
		oldHost = strings.Trim(host.String(), "[]")
		s.from["listen"] = "--server-host"
		if oldHost == "" {
			oldHost = "localhost"
		}
	}
	if port.values != nil {
		oldPort = port.String()
		s.from["listen"] = "--port"
	}
	s.Listen = []string{net.JoinHostPort(oldHost, oldPort)}
	return nil
}

func (s *settings) warn(f flags, env map[string]string) {
	for _, o := range idleOptions {
		if slices.Contains(f.idle, o.name) {
			s.warnings = append(s.warnings, warning{"option does nothing here", "--" + o.name + ": " + o.instead})
		}
	}
	if s.credential == "test:test" {
		s.warnings = append(s.warnings, warning{"password known to everybody",
			"--basic-auth lets test in with the password test: give --basic-auth-credential, or an htpasswd file as --auth-basic"})
	}
	names := []string{"WSHD_CONFIG"}
	for _, k := range Keys(&s.Config) {
		names = append(names, k.Env())
	}
	for name := range env {
		if !slices.Contains(names, name) {
			s.warnings = append(s.warnings, warning{"unknown environment variable",
				name + didYouMean(nearest(name, names))})
		}
	}
	slices.SortFunc(s.warnings, func(a, b warning) int { return strings.Compare(a.reason, b.reason) })
}

// environment is what the environment says to wshd. An empty variable counts as unset.
func environment(environ []string) map[string]string {
	env := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, "WSHD_") && value != "" {
			env[name] = value
		}
	}
	return env
}
