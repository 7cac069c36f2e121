package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"wshd/host/listen"
)

// parseAddresses reads the addresses of a flag or a variable.
func parseAddresses(list []string) (as []listen.Address, err error) {
	for _, s := range list {
		a, err := listen.Parse(s)
		if err != nil {
			return nil, err
		}
		as = append(as, a)
	}
	return as, nil
}

// readAddresses reads a list of addresses, or one in its place. An address is a text, or a group with
// address and its options as keys.
func (f *configFile) readAddresses(p *[]listen.Address, n *yaml.Node) error {
	elements := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		elements = n.Content
	}
	*p = nil
	for _, e := range elements {
		a, err := readAddress(resolve(e))
		if err != nil {
			return err
		}
		a.Relative(filepath.Dir(f.name))
		*p = append(*p, a)
	}
	return nil
}

func readAddress(n *yaml.Node) (a listen.Address, err error) {
	if n.Kind != yaml.MappingNode {
		var text []string
		if err := readList(&text, n); err != nil {
			return a, err
		}
		return listen.Parse(text[0])
	}
	options, err := pairs(n, "")
	if err != nil {
		return a, err
	}
	i := slices.IndexFunc(options, func(o [2]string) bool { return o[0] == "address" })
	if i < 0 {
		return a, fmt.Errorf("an address on line %d has none (write address: localhost:9998)", n.Line)
	}
	if a, err = listen.Parse(options[i][1]); err != nil {
		return a, err
	}
	for _, o := range slices.Delete(options, i, i+1) {
		if err := a.Set(o[0], o[1]); err != nil {
			return a, fmt.Errorf("%s: %w", a, err)
		}
	}
	return a, a.Check()
}

// pairs lists the keys of a group with their values; those of a group in it with its key before them.
func pairs(n *yaml.Node, prefix string) (list [][2]string, err error) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := prefix+n.Content[i].Value, resolve(n.Content[i+1])
		within := [][2]string{{name, value.Value}}
		switch {
		case slices.ContainsFunc(list, func(o [2]string) bool { return o[0] == name }):
			return nil, fmt.Errorf("%s stands there twice", name)
		case value.Kind == yaml.MappingNode && prefix == "":
			if within, err = pairs(value, name+"."); err != nil {
				return nil, err
			}
		case value.Kind != yaml.ScalarNode:
			return nil, fmt.Errorf("%s holds a list or a group where one value belongs", name)
		}
		list = append(list, within...)
	}
	return list, nil
}

// checkAddresses finds what is wrong with where to listen.
func (s *Settings) checkAddresses(bad func(key, format string, args ...any)) {
	if len(s.Listen) == 0 {
		bad("listen", "no address (write localhost:9998)")
	}
	for _, a := range s.Listen {
		if err := a.Check(); err != nil {
			bad("listen", "%w", err)
		}
		if a.ProxyProtocol && len(s.TrustedProxies) == 0 {
			bad("listen", "%s: proxy_protocol: of whom? (trusted_proxies lists who is believed)", a)
		}
	}
	redirects := func(a listen.Address) bool { return a.Redirect == "https" }
	secure := func(a listen.Address) bool { return s.TLSOf(a) != listen.TLS{} }
	if i := slices.IndexFunc(s.Listen, redirects); i >= 0 && !slices.ContainsFunc(s.Listen, secure) {
		bad("listen", "%s: redirect: to where? (no other address speaks TLS; write redirect: https://example.com)", s.Listen[i])
	}
}

// TLSOf is how an address speaks TLS. The tls of all is for TCP: a unix socket is there for a proxy on
// this machine.
func (s *Settings) TLSOf(a listen.Address) listen.TLS {
	switch {
	case a.Plain || a.Redirect != "":
		return listen.TLS{}
	case a.TLS != listen.TLS{} || a.Network == "unix":
		return a.TLS
	}
	if s.TLS.Certificate == "" {
		return listen.TLS{}
	}
	return listen.TLS(s.TLS)
}

// WantsHTTP2 reports whether an address offers HTTP/2.
func (s *Settings) WantsHTTP2() bool {
	return slices.ContainsFunc(s.Listen, func(a listen.Address) bool { return s.TLSOf(a).HTTP2 })
}

// TLSConfigs reads the certificates of all addresses; nil is for those that speak no TLS.
func (s *Settings) TLSConfigs() (configs []*tls.Config, err error) {
	shared, err := listen.TLS(s.TLS).Config(func(key string) string { return s.Where("tls." + key) })
	errs := []error{err}
	for _, a := range s.Listen {
		config := shared
		if t := s.TLSOf(a); t == (listen.TLS{}) {
			config = nil
		} else if a.TLS != (listen.TLS{}) {
			config, err = a.TLS.Config(func(key string) string {
				return s.Where("listen") + ": " + a.String() + ": tls." + key
			})
			errs = append(errs, err)
		}
		configs = append(configs, config)
	}
	return configs, errors.Join(errs...)
}

// CertificateTimes tells which certificates are not valid now. Serving goes on with them, since some
// clients do not look; others will not connect.
func (s *Settings) CertificateTimes(configs []*tls.Config, now time.Time) (list []error) {
	for i, c := range configs {
		if c == nil || c.GetCertificate == nil || slices.Contains(configs[:i], c) {
			continue
		}
		pair, err := c.GetCertificate(nil)
		if err != nil || pair.Leaf == nil {
			continue // it could not be read, which has been said
		}
		where, file := s.Where("tls.certificate"), s.TLS.Certificate
		if own := s.Listen[i].TLS; own != (listen.TLS{}) {
			where, file = s.Where("listen"), own.Certificate
		}
		const day = "2006-01-02 15:04 MST"
		switch leaf := pair.Leaf; {
		case now.After(leaf.NotAfter):
			list = append(list, fmt.Errorf("%s: %s expired at %s", where, file, leaf.NotAfter.UTC().Format(day)))
		case now.Before(leaf.NotBefore):
			list = append(list, fmt.Errorf("%s: %s is not valid before %s", where, file, leaf.NotBefore.UTC().Format(day)))
		}
	}
	return list
}

// joinAddresses writes addresses as the value of a key.
func joinAddresses(list []listen.Address) string {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = a.String()
	}
	return "[" + strings.Join(names, ", ") + "]"
}
