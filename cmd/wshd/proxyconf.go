package main

import (
	"embed"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	texttemplate "text/template"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/host/listen"
	"wshd/host/peer"
)

// The configurations of web servers before wshd. docs holds what they come to by default.
//
//go:embed proxyconf
var proxyTemplates embed.FS

// proxyNames are the web servers that there is something for.
const proxyNames = "nginx, apache, caddy, haproxy, traefik, or ingress of Kubernetes"

// proxied is what a web server's configuration tells of a site, and of wshd.
type proxied struct {
	Command            string // that prints it
	Scheme, Host, Name string // ws or wss; example.com:8443; example.com
	Port, Prefix       string
	Folder, Secret     string // the prefix without its last slash; example-com-tls
	Unusual            bool   // the port is one on which Apache does not listen as Debian ships it
	TLS, Redirect      bool   // Redirect: there is a server on port 80 besides
	Back, Unix         string // wshd's address, or the file of its socket
	Trust              string // what is missing in trusted_proxies; "" if nothing is
	Idle               int    // seconds
	Pings              string // why so many
}

// proxyConfig prints a web server's configuration for the wshd of this configuration.
func (p program) proxyConfig(f config.Flags) error {
	const example = "wshd proxy-config nginx https://example.com/ws/"
	if len(f.Args) == 0 {
		return hint.Usage(errors.New("proxy-config: for which web server? "+proxyNames), example)
	}
	text, err := proxyTemplates.ReadFile("proxyconf/" + f.Args[0])
	if err != nil {
		return hint.Usage(fmt.Errorf("proxy-config: there is nothing for %q, but for %s", f.Args[0], proxyNames), example)
	}
	s, err := config.Load(f, p.environ)
	if err != nil {
		return err
	}
	site := "https://example.com/ws/"
	if len(f.Args) == 2 {
		site = f.Args[1]
	}
	about := proxied{Command: "wshd proxy-config " + f.Args[0] + " " + site}
	if err := about.readSite(site); err != nil {
		return hint.Usage(fmt.Errorf("proxy-config: %w", err), example)
	}
	if f.Args[0] == "ingress" { // which goes by a service, wherever wshd listens
		s.Listen = config.Defaults().Listen
	}
	if err := about.readSettings(s); err != nil {
		return err
	}
	if f.Args[0] == "traefik" && about.Unix != "" {
		return hint.With(errors.New("proxy-config: Traefik does not speak to unix sockets"), "wshd proxy-config traefik --listen 127.0.0.1:9998")
	}
	return texttemplate.Must(texttemplate.New("").Parse(string(text))).Execute(p.stdout, about)
}

// plainPath has no character that means something in a web server's configuration.
var plainPath = regexp.MustCompile(`^[A-Za-z0-9/._~-]*$`)

// readSite reads where clients find the handlers: https://example.com/ws/.
func (x *proxied) readSite(site string) error {
	u, err := url.Parse(site)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !plainPath.MatchString(u.Hostname()+u.EscapedPath()) {
		return fmt.Errorf("%q is not where handlers can be (write https://example.com/ws/)", site)
	}
	switch u.Scheme {
	case "https", "wss":
		x.Scheme, x.Port, x.TLS = "wss", "443", true
	case "http", "ws":
		x.Scheme, x.Port = "ws", "80"
	default:
		return fmt.Errorf("%q: %q is no scheme of a site (write https or http)", site, u.Scheme)
	}
	if u.Port() != "" {
		x.Port = u.Port()
	}
	x.Host, x.Name, x.Redirect = u.Host, u.Hostname(), x.Port == "443"
	x.Unusual = x.Port != "80" && x.Port != "443"
	x.Folder = strings.TrimSuffix(u.Path, "/")
	x.Prefix, x.Secret = x.Folder+"/", strings.ReplaceAll(x.Name, ".", "-")+"-tls"
	return nil
}

// readSettings reads where wshd listens, whom it trusts, and how often it pings.
func (x *proxied) readSettings(s *config.Settings) error {
	a, err := behindProxy(s)
	if err != nil {
		return err
	}
	trust := net.Addr(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if a.Network == "unix" {
		if x.Unix, err = filepath.Abs(a.Name); err != nil {
			return err
		}
		if !plainPath.MatchString(x.Unix) {
			return fmt.Errorf("%s: %q has characters that mean something in a web server's configuration", s.Where("listen"), x.Unix)
		}
		x.Trust, trust = "unix", &net.UnixAddr{}
	} else {
		x.Back, x.Trust = a.Name, "127.0.0.1"
	}
	proxies, err := peer.ParseProxies(s.TrustedProxies)
	if err != nil {
		return err // checked when the settings were loaded
	}
	if proxies.Trusts(trust) {
		x.Trust = ""
	}
	x.Idle, x.Pings = 60, "wshd's pings come sooner."
	switch interval := s.Ping.Interval; {
	case interval == 0:
		x.Idle, x.Pings = 24*60*60, "wshd sends no pings."
	case interval > 40*time.Second:
		x.Idle = int((interval + interval/2) / time.Second)
	}
	return nil
}

// behindProxy is where a web server on this machine finds wshd: the first address that speaks neither
// TLS nor the PROXY protocol.
func behindProxy(s *config.Settings) (listen.Address, error) {
	for _, a := range s.Listen {
		if a.Network == "systemd" || a.Redirect != "" || a.ProxyProtocol || s.TLSOf(a) != (listen.TLS{}) {
			continue
		}
		if a.Network == "unix" {
			return a, nil
		}
		host, port, err := net.SplitHostPort(a.Name)
		if err != nil || port == "0" {
			continue
		}
		if ip := net.ParseIP(host); host == "" || host == "localhost" || ip.IsUnspecified() {
			a.Name = net.JoinHostPort("127.0.0.1", port)
		}
		return a, nil
	}
	return listen.Address{}, hint.With(fmt.Errorf("%s: there is no address for a web server: one that is known, without TLS and the PROXY protocol", s.Where("listen")),
		"wshd proxy-config nginx --listen unix:/run/wshd/wshd.sock")
}
