package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestPrintedConfigurationsOfCaddyAndHAProxy has the real ones take what is printed, and then do what any web
// server before wshd must.
func TestPrintedConfigurationsOfCaddyAndHAProxy(t *testing.T) {
	for _, tt := range []struct {
		name, server string
		unix         bool
		start        func(t *testing.T, b *behind, conf string) *process
	}{
		{"caddy", "caddy", false, startCaddy},
		{"caddy, a socket", "caddy", true, startCaddy},
		{"haproxy", "haproxy", false, startHAProxy},
		{"haproxy, a socket", "haproxy", true, startHAProxy},
	} {
		t.Run(tt.name, func(t *testing.T) {
			installed(t, tt.server)
			b := newBehind(t, front{unix: tt.unix}, "--ping-interval", "0")
			back := b.back
			if tt.unix {
				back = "unix:" + b.back
			}
			conf, err := printed("proxy-config", tt.server, "https://"+b.secure+"/ws/", "--listen", back)
			if err != nil {
				t.Fatal(err)
			}
			b.proxy = tt.start(t, b, conf)
			for _, step := range []struct {
				name string
				do   func(*behind)
			}{
				{"messages", (*behind).messages},
				{"subprotocol", (*behind).subprotocol},
				{"close codes", (*behind).closeCodes},
				{"who the client is", (*behind).whoTheClientIs},
				{"plain HTTP", (*behind).plainThrough},
				{"other pages", (*behind).otherPages},
			} {
				t.Run(step.name, func(t *testing.T) {
					now := *b
					now.T = t
					step.do(&now)
				})
			}
		})
	}
}

// installed skips a test of a program that is not installed.
func installed(t *testing.T, name string) string {
	t.Helper()
	file, err := exec.LookPath(name)
	if err != nil {
		file = "/usr/sbin/" + name // where Debian has some, which is not on everybody's PATH
		if _, err := os.Stat(file); err != nil {
			t.Skipf("%s is not installed: apt-get install %s", name, name)
		}
	}
	return file
}

func startCaddy(t *testing.T, b *behind, conf string) *process {
	host, _, _ := strings.Cut(b.secure, ":")
	conf = strings.NewReplacer("#tls /etc/ssl/certs/"+host+".pem /etc/ssl/private/"+host+".key", "tls "+b.cert+" "+b.key).Replace(conf)
	file := filepath.Join(b.dir, "Caddyfile")
	writeTree(t, file, []byte("{\n\tadmin off\n\tskip_install_trust\n\tauto_https off\n\tdefault_sni example.com\n}\n"+conf), 0o644)
	env := append(os.Environ(), "HOME="+b.dir, "XDG_DATA_HOME="+b.dir, "XDG_CONFIG_HOME="+b.dir)
	return startBefore(t, b, env, "serving initial configuration", installed(t, "caddy"), "run", "--config", file, "--adapter", "caddyfile")
}

func startHAProxy(t *testing.T, b *behind, conf string) *process {
	host, port, _ := strings.Cut(b.secure, ":")
	var bundle []byte
	for _, name := range []string{b.cert, b.key} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		bundle = append(bundle, text...)
	}
	pem := filepath.Join(b.dir, "bundle.pem")
	writeTree(t, pem, bundle, 0o600)
	conf = strings.NewReplacer("/etc/haproxy/certs/"+host+".pem", pem, "bind :"+port, "bind "+b.secure).Replace(conf)
	file := filepath.Join(b.dir, "haproxy.cfg")
	writeTree(t, file, []byte(conf), 0o644)
	haproxy := installed(t, "haproxy")
	if out, err := exec.Command(haproxy, "-c", "-f", file).CombinedOutput(); err != nil || strings.Contains(string(out), "WARNING") {
		t.Fatalf("%v\n%s\n%s", err, out, conf)
	}
	return startBefore(t, b, os.Environ(), "Loading success|New worker", haproxy, "-W", "-f", file)
}

// startBefore starts a proxy before wshd and waits until it says so.
func startBefore(t *testing.T, b *behind, env []string, ready string, args ...string) *process {
	t.Helper()
	p, err := startCommand(b.dir, env, args)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		if _, err := p.exitCode(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("[%s]\n%s", filepath.Base(args[0]), p.log())
		}
	})
	if _, err := p.findNew(ready); err != nil {
		t.Fatalf("%v\n%s", err, p.log())
	}
	return p
}

// What is printed as YAML is that, and holds what it must.
func TestPrintedYAML(t *testing.T) {
	for _, server := range []string{"traefik", "ingress"} {
		for _, site := range []string{"https://example.com/ws/", "http://example.com/"} {
			text, err := printed("proxy-config", server, site)
			if err != nil {
				t.Fatal(err)
			}
			var doc map[string]any
			if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc) == 0 {
				t.Errorf("%s %s: %v\n%s", server, site, err, text)
			}
		}
	}
	traefik, _ := printed("proxy-config", "traefik", "https://example.com/ws/")
	ingress, _ := printed("proxy-config", "ingress", "https://example.com/ws/")
	for want, text := range map[string]string{
		"rule: \"Host(`example.com`) && PathPrefix(`/ws/`)\"": traefik, `prefixes: ["/ws"]`: traefik, `url: "http://127.0.0.1:9998"`: traefik,
		"path: /ws/(.*)": ingress, "rewrite-target: /$1": ingress, "port: {name: http}": ingress,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
