package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// front is a web server before wshd. Its configuration is the file in docs, as it stands there but for
// names, addresses and the alternatives that its comments offer.
type front struct {
	name    string
	file    string // in docs
	patient bool   // it never ends a connection on which nothing comes
	unix    bool   // wshd is behind a unix socket
	change  [][2]string
	down    int                                          // the status while wshd is down
	start   func(t *testing.T, f front, s site) *process // s is what takes the place of the names
	reload  func(t *testing.T, p *process)
}

// site is what takes the place of names in the files in docs.
type site struct {
	plain, secure string // the front's addresses
	back          string // wshd's: an address, or the file of a socket
	cert, key     string
}

// apacheLine is how apache.conf leads to wshd unless it is told otherwise.
const apacheLine = "\tProxyPass /ws/ http://127.0.0.1:9998/ upgrade=websocket retry=0\n"

func fronts() []front {
	nginx := front{name: "nginx", file: "nginx.conf", down: http.StatusBadGateway, start: startNginxFront, reload: reloadNginx}
	apache := front{name: "apache", file: "apache.conf", down: http.StatusServiceUnavailable, start: startApacheFront, reload: reloadApache}
	nginxUnix, apacheUnix, apacheOld := nginx, apache, apache
	nginxUnix.name, nginxUnix.unix = "nginx to a unix socket", true
	nginxUnix.change = [][2]string{{"\tserver 127.0.0.1:9998;\n", ""}, {"\t#server unix:", "\tserver unix:"}}
	apacheUnix.name, apacheUnix.unix = "apache to a unix socket", true
	apacheUnix.change = [][2]string{{apacheLine, ""}, {"\t#ProxyPass /ws/ unix:", "\tProxyPass /ws/ unix:"}}
	apacheOld.name, apacheOld.patient = "apache before 2.4.47", true
	apacheOld.change = [][2]string{
		{apacheLine, "\tProxyWebsocketFallbackToProxyHttp Off\n"}, // newer ones do it the new way else
		{"\t#RewriteEngine", "\tRewriteEngine"}, {"\t#RewriteCond", "\tRewriteCond"}, {"\t#RewriteRule", "\tRewriteRule"},
		{"\t#ProxyPass /ws/ http:", "\tProxyPass /ws/ http:"},
	}
	return []front{nginx, nginxUnix, apache, apacheUnix, apacheOld}
}

// conf is the front's configuration with the names of s.
func (f front) conf(t *testing.T, s site) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(checkout, "docs", f.file))
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	change := append(slices.Clone(f.change), [2]string{"127.0.0.1:9998", s.back}, [2]string{"/run/wshd/wshd.sock", s.back},
		[2]string{"/etc/ssl/certs/example.com.pem", s.cert}, [2]string{"/etc/ssl/private/example.com.key", s.key})
	for _, c := range change {
		if !strings.Contains(string(b), c[0]) {
			t.Fatalf("docs/%s holds no %q", f.file, c[0])
		}
		text = strings.ReplaceAll(text, c[0], c[1])
	}
	return text
}

func startNginxFront(t *testing.T, f front, s site) *process {
	conf := strings.NewReplacer("listen 80;", "listen "+s.plain+";", "listen 443 ", "listen "+s.secure+" ").Replace(f.conf(t, s))
	return startNginx(t, conf)
}

func startApacheFront(t *testing.T, f front, s site) *process {
	conf := strings.NewReplacer("*:80>", s.plain+">", "*:443>", s.secure+">").Replace(f.conf(t, s))
	return startApache(t, conf, f.apacheModules(t), s.plain, s.secure)
}

// apacheModules are those that the file tells to enable, and if it has no upgrade=websocket those that
// it tells of for this.
func (f front) apacheModules(t *testing.T) (modules []string) {
	all := regexp.MustCompile(`a2enmod ([a-z_ ]+)`).FindAllStringSubmatch(f.conf(t, site{}), -1)
	if len(all) != 2 {
		t.Fatalf("docs/%s tells %d times which modules to enable, want 2", f.file, len(all))
	}
	modules = strings.Fields(all[0][1])
	if len(f.change) > 2 {
		modules = append(modules, strings.Fields(all[1][1])...)
	}
	return modules
}

func reloadNginx(t *testing.T, p *process) {
	signalFront(t, p, syscall.SIGHUP, "gracefully shutting down$")
}

func reloadApache(t *testing.T, p *process) {
	signalFront(t, p, syscall.SIGUSR1, "resuming normal operations")
}

// signalFront tells a web server something and waits until it has done it.
func signalFront(t *testing.T, p *process, sig syscall.Signal, done string) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	if _, err := p.findNew(done); err != nil {
		t.Fatalf("%v\n%s", err, p.log())
	}
}
