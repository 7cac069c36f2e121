package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// apacheModules is where Debian has them.
const apacheModules = "/usr/lib/apache2/modules/"

// startApache runs Apache with a site's configuration and the modules that it needs, in a folder of
// its own, and waits until it serves.
func startApache(t *testing.T, site string, modules []string, addrs ...string) *process {
	t.Helper()
	apache, dir := apacheFolder(t, site, modules, addrs...)
	p, err := startCommand(dir, os.Environ(), []string{apache, "-d", dir, "-f", "httpd.conf", "-D", "FOREGROUND"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it ends its children
		if _, err := p.exitCode(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("[apache]\n%s", p.log())
		}
	})
	if _, err := p.findNew("resuming normal operations"); err != nil {
		t.Fatalf("%v\n%s", err, p.log())
	}
	return p
}

// apacheFolder writes what Apache needs around a site's configuration.
func apacheFolder(t *testing.T, site string, modules []string, addrs ...string) (apache, dir string) {
	t.Helper()
	apache, err := exec.LookPath("apache2")
	if err != nil {
		apache = "/usr/sbin/apache2" // where Debian has it, which is not on everybody's PATH
		if _, err := os.Stat(apache); err != nil {
			t.Skip("Apache is not installed: apt-get install apache2")
		}
	}
	dir = t.TempDir()
	var conf strings.Builder
	fmt.Fprintf(&conf, "ServerName localhost\nPidFile apache.pid\nErrorLog /dev/stderr\nDefaultRuntimeDir %s\nMutex file:%s\n", dir, dir)
	// What is loaded on Debian without being asked for, and what ssl loads along.
	for _, module := range append([]string{"mpm_event", "authz_core", "alias", "socache_shmcb"}, modules...) {
		fmt.Fprintf(&conf, "LoadModule %s_module %smod_%s.so\n", module, apacheModules, module)
	}
	for _, addr := range addrs {
		fmt.Fprintf(&conf, "Listen %s\n", addr)
	}
	if os.Getuid() == 0 {
		fmt.Fprintf(&conf, "User %s\nGroup #%s\n", webUser(t).Username, webUser(t).Gid)
	}
	writeTree(t, filepath.Join(dir, "httpd.conf"), []byte(conf.String()+"Include site.conf\n"), 0o644)
	writeTree(t, filepath.Join(dir, "site.conf"), []byte(site), 0o644)
	return apache, dir
}

// webUser is who web servers run as when root starts them.
func webUser(t *testing.T) *user.User {
	t.Helper()
	u, err := user.Lookup("www-data")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	return u
}
