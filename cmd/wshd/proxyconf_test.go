package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// printed is what wshd prints.
func printed(args ...string) (string, error) {
	var out bytes.Buffer
	err := program{stdout: &out, stderr: &out}.run(args)
	return out.String(), err
}

func TestShippedWebServerConfigurationsAreThePrintedOnes(t *testing.T) {
	for _, server := range []string{"nginx", "apache"} {
		got, err := printed("proxy-config", server)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(checkout, "docs", server+".conf")
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("docs/%s.conf is not what wshd proxy-config %s prints:\n%s", server, server, got)
		}
	}
}

// TestPrintedWebServerConfigurations has the real web servers take what is printed, and then messages.
func TestPrintedWebServerConfigurations(t *testing.T) {
	for _, tt := range []struct {
		name, server, scheme, prefix string
		unix                         bool
	}{
		{"nginx at the root", "nginx", "http", "/", false},
		{"nginx, TLS, a socket", "nginx", "https", "/deep/er/", true},
		{"apache at the root", "apache", "http", "", false},
		{"apache at the root, a socket", "apache", "http", "/", true},
		{"apache, TLS, a socket", "apache", "https", "/deep/er", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBehind(t, front{unix: tt.unix})
			args := []string{"proxy-config", tt.server, tt.scheme + "://" + b.secure + tt.prefix, "--listen", b.back}
			if tt.unix {
				args[4] = "unix:" + b.back
			}
			conf, err := printed(args...)
			if err != nil {
				t.Fatal(err)
			}
			host, _, _ := strings.Cut(b.secure, ":")
			conf = strings.NewReplacer("/etc/ssl/certs/"+host+".pem", b.cert, "/etc/ssl/private/"+host+".key", b.key).Replace(conf)
			if tt.server == "nginx" {
				b.proxy = startNginx(t, conf)
			} else {
				b.proxy = startApache(t, conf, enabled(conf), b.secure)
			}
			takesItsConfiguration(t, b.proxy)
			scheme := map[string]string{"http": "ws", "https": "wss"}[tt.scheme]
			s := b.dialURL(scheme+"://"+b.secure+strings.TrimSuffix(tt.prefix, "/")+"/rooms/echo", nil)
			b.exchange(s, "through", "through")
		})
	}
}

// takesItsConfiguration asks a web server what it says of it.
func takesItsConfiguration(t *testing.T, p *process) {
	t.Helper()
	test := exec.Command(p.cmd.Path, append(p.cmd.Args[1:], "-t")...)
	test.Dir = p.cmd.Dir
	if out, err := test.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", test, err, out)
	}
}

// enabled are the modules that a configuration of Apache tells to enable.
func enabled(conf string) []string {
	return strings.Fields(regexp.MustCompile(`a2enmod ([a-z_ ]+)`).FindStringSubmatch(conf)[1])
}

func TestWebServerConfigurationGoesByWshds(t *testing.T) {
	for _, tt := range []struct {
		args string
		want string // is in it; with a "!" before, is not
	}{
		{"nginx", "--trusted-proxies 127.0.0.1\n"},
		{"nginx --trusted-proxies 127.0.0.0/8", "!start it with"},
		{"nginx --listen unix:/a --trusted-proxies unix", "!start it with"},
		{"nginx --listen unix:/a", "\n#   wshd --trusted-proxies unix\n"},
		{"nginx --listen :80?redirect=https://a,:9999?proxy_protocol=true,systemd,0.0.0.0:8080 --trusted-proxies 10.0.0.1", "\tserver 127.0.0.1:8080;\n"},
		{"nginx --listen :443,127.0.0.1:1?tls=off -c c -k k", "\tserver 127.0.0.1:1;\n"},
		{"nginx --listen 192.0.2.1:80", "\tserver 192.0.2.1:80;\n"},
		{"nginx", "proxy_read_timeout 60s;"},
		{"apache --ping-interval 2m", "\tTimeout 180\n"},
		{"apache --ping-interval 0", "wshd sends no pings.\n\tTimeout 86400\n"},
		{"apache https://example.com:8443/", "<VirtualHost *:8443>"},
		{"apache https://example.com:8443/", "!<VirtualHost *:80>"},
		{"apache https://example.com:8443/", "\n#   echo Listen 8443 >>/etc/apache2/ports.conf\n"},
		{"apache ws://example.com", "!ports.conf"},
		{"nginx ws://example.com", "listen 80;"},
		{"nginx ws://example.com", "!ssl"},
		{"caddy https://example.com/", "\nhttps://example.com {\n"},
		{"caddy https://example.com/", "!handle_path"},
		{"caddy --trusted-proxies 127.0.0.1", "!start it with"},
		{"haproxy --ping-interval 2m", "\ttimeout tunnel 180s\n"},
		{"haproxy http://example.com:8080/a/", "\tbind :8080\n"},
		{"haproxy http://example.com:8080/a/", "!redirect"},
		{"ingress --listen systemd --ping-interval 2m", `proxy-read-timeout: "180"`},
		{"ingress https://chat.example.com/", "secretName: chat-example-com-tls"},
	} {
		got, err := printed(append([]string{"proxy-config"}, strings.Fields(tt.args)...)...)
		want, not := strings.CutPrefix(tt.want, "!")
		if err != nil || strings.Contains(got, want) == not {
			t.Errorf("%s: got %v, and not as wanted (%s):\n%s", tt.args, err, tt.want, got)
		}
	}
}

func TestWebServerConfigurationSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"", "for which web server? nginx, apache, caddy, haproxy, traefik, or ingress of Kubernetes"},
		{"lighttpd", `there is nothing for "lighttpd", but for nginx, apache, caddy`},
		{"traefik --listen unix:/a", "Traefik does not speak to unix sockets"},
		{"../template", "there is nothing for"},
		{"nginx example.com", `"example.com" is not where handlers can be (write https://example.com/ws/)`},
		{"nginx https:///ws/", "is not where handlers can be"},
		{"nginx https://a/b;c", "is not where handlers can be"},
		{"nginx https://a/b?c", "is not where handlers can be"},
		{"nginx https://a;b/", "is not where handlers can be"},
		{"nginx ftp://example.com/", `"ftp" is no scheme of a site`},
		{"nginx --listen systemd", "--listen: there is no address for a web server"},
		{"nginx -p 0", "--port: there is no address for a web server"},
		{"nginx -c c -k k", "listen: there is no address for a web server"},
		{"nginx --listen unix:/a;b", "has characters that mean something"},
		{"nginx a b", "too many arguments: b"},
	} {
		_, err := printed(append([]string{"proxy-config"}, strings.Fields(tt.args)...)...)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.args, err, tt.want)
		}
	}
}
