package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"wshd/cmd/wshd/hint"
	"wshd/host/door"
	"wshd/host/listen"
	"wshd/host/peer"
	"wshd/plugins/script"
)

// check finds what is wrong with values that are well-formed by themselves.
func (s *Settings) check() error {
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %w", s.Where(key), fmt.Errorf(format, args...)))
	}
	for _, k := range Keys(&s.Config) {
		if why := k.tag.Get("required"); why != "" && reflect.ValueOf(k.value).Elem().IsZero() {
			bad(k.Name, "%s", why)
		}
	}
	s.checkAddresses(bad)
	s.checkAdmin(bad)
	s.checkRooms(bad)
	s.checkPrograms(bad)
	s.checkTLS(bad)
	s.checkScripts(bad)
	if _, err := door.NormalName(strings.Trim(s.ValidationHost, "[]")); s.ValidationHost != "" && err != nil {
		bad("validation_host", "%w", err)
	}
	if s.ValidationPort > 65535 {
		bad("validation_port", "%d is no port", s.ValidationPort)
	}
	if s.Auth.Basic != "" && s.Credential != "" {
		bad("auth.basic", "together with --basic-auth (give either)")
	}
	if _, err := peer.ParseProxies(s.TrustedProxies); err != nil {
		bad("trusted_proxies", "%w", err)
	}
	if s.Limits.HeaderSize < 1<<10 || s.Limits.HeaderSize > 16<<20 {
		bad("limits.header_size", "%v holds no browser's headers, or too much (write 64KiB)", s.Limits.HeaderSize)
	}
	if w := s.Compression.Window; w < 1<<10 || w > 32<<10 {
		bad("compression.window", "%v is not between 1KiB and 32KiB (write 4KiB, or context_takeover: false for none)", w)
	}
	return errors.Join(errs...)
}

// checkPrograms finds what is wrong with the CGI programs.
func (s *Settings) checkPrograms(bad func(key, format string, args ...any)) {
	if len(s.CGI) > 0 && s.DocumentRoot == "" {
		bad("cgi", "programs are run from the document root, and none is given (document_root)")
	}
	for _, path := range s.CGI {
		if !strings.HasPrefix(path, "/") {
			bad("cgi", "%q does not begin with / (write /cgi-bin)", path)
		}
	}
}

// checkTLS finds what is wrong with the certificates.
func (s *Settings) checkTLS(bad func(key, format string, args ...any)) {
	if (s.TLS.Certificate == "") != (s.TLS.Key == "") {
		bad(s.either("tls.certificate", "tls.key"), "a certificate and its key go together")
	}
	if s.TLS.HTTP2 && s.TLS.Certificate == "" {
		bad("tls.http2", "HTTP/2 needs TLS (tls.certificate and tls.key)")
	}
	if s.TLS.ClientAuth != "off" {
		if s.TLS.Certificate == "" {
			bad("tls.client_auth", "client certificates need TLS (tls.certificate and tls.key)")
		}
		if s.TLS.ClientCA == "" {
			bad("tls.client_auth", "whose client certificates? (tls.client_ca is their authority's certificate)")
		}
	}
}

// checkScripts finds what is wrong with how scripts are run.
func (s *Settings) checkScripts(bad func(key, format string, args ...any)) {
	for _, how := range s.Scripts.Compile {
		switch {
		case strings.HasPrefix(how, "/"):
		case !slices.Contains([]string{"never", "needed", "always"}, how):
			bad("scripts.compile", "%q is neither never, needed, always, nor a path (write [/chat] or [/rooms/])", how)
		case len(s.Scripts.Compile) > 1:
			bad("scripts.compile", "%s stands alone", how)
		}
	}
	for _, path := range s.Scripts.Isolate {
		if !strings.HasPrefix(path, "/") {
			bad("scripts.isolate", "%q is no path (write [/chat] or [/rooms/]; [/] is all)", path)
		}
	}
	if err := script.CheckImports(s.Scripts.Imports); err != nil {
		for _, err := range hint.Lines(err) {
			bad("scripts.imports", "%w", err)
		}
	}
	if s.Scripts.Depth < 1 || s.Scripts.Depth > script.MostDepth {
		bad("scripts.depth", "calls can be nested at least once and at most %d times (write 100000)", script.MostDepth)
	}
}

// Where names a key and what set it.
func (s *Settings) Where(key string) string {
	switch from := s.from[key]; {
	case from == "":
		return key
	case strings.HasPrefix(from, "-") || strings.HasPrefix(from, "WSHD_"):
		return from
	default:
		return from + ": " + key
	}
}

// either returns the first of the keys that was set.
func (s *Settings) either(keys ...string) string {
	for _, k := range keys {
		if s.from[k] != "" {
			return k
		}
	}
	return keys[0]
}

// minToken is how long admin.token must be, in characters: it can be guessed at over the network.
const minToken = 16

func (s *Settings) checkAdmin(bad func(key, format string, args ...any)) {
	if s.Admin.Token != "" && len([]rune(s.Admin.Token)) < minToken {
		bad("admin.token", "the token is too short: write at least %d characters (head -c 18 /dev/urandom | base64 makes some)", minToken)
	}
	for _, name := range s.Admin.Hosts {
		if _, err := door.NormalName(name); err != nil {
			bad("admin.hosts", "%w", err)
		}
	}
	if s.Admin.PublishToken != "" && len([]rune(s.Admin.PublishToken)) < minToken {
		bad("admin.publish_token", "the token is too short: write at least %d characters (head -c 18 /dev/urandom | base64 makes some)", minToken)
	}
	if s.Admin.PublishToken != "" && s.Admin.PublishToken == s.Admin.Token {
		bad("admin.publish_token", "it is admin.token, which opens all (write another)")
	}
	if s.Admin.Listen == "" {
		return
	}
	a, err := listen.Parse(s.Admin.Listen)
	switch {
	case err != nil:
		bad("admin.listen", "%w", err)
	case a.Network == "systemd", a.Redirect != "", a.ProxyProtocol, a.TLS != (listen.TLS{}):
		bad("admin.listen", "%s: this listener is a plain host:port or unix:/path", s.Admin.Listen)
	}
}

// IsSet reports whether anything but the defaults gives the key its value.
func (s *Settings) IsSet(key string) bool { return s.from[key] != "" }
