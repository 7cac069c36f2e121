package serve

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wshd/host/listen"
)

func TestControlSocketIsOursAlone(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.Mkdir(at("open"), 0o700), os.Chmod(at("open"), 0o777), // past the umask
		os.Mkdir(at("ours"), 0o755),
		os.Symlink(at("ours"), at("link")),
		os.WriteFile(at("file"), nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"open", "link", "file", "nowhere/deeper"} {
		if l, err := openControl([]string{at(name)}, "x.sock"); err == nil {
			t.Errorf("%s: opened %s", name, l.Addr())
			l.Close()
		}
	}
	for _, name := range []string{"ours", "new"} {
		l, err := openControl([]string{at("open"), at("link"), at("file"), at(name)}, "x.sock")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		file := filepath.Join(at(name), "x.sock")
		if info, err := os.Lstat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v, want mode 0600", name, info, err)
		}
		l.Close()
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v: the socket is left behind", name, err)
		}
	}
	if info, err := os.Lstat(at("new")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("a new folder: got %v, %v, want mode 0700", info, err)
	}
}

func TestControlSocketIsNamedByTheAddress(t *testing.T) {
	folders := runtimeFolders([]string{"XDG_RUNTIME_DIR=/run/user/7", "X=/y"})
	if want := []string{"/run/user/7/wshd", "/run/wshd"}; len(folders) != 3 || folders[0] != want[0] || folders[1] != want[1] || !strings.HasPrefix(folders[2], os.TempDir()) {
		t.Errorf("got %q", folders)
	}
	if got := runtimeFolders([]string{"XDG_RUNTIME_DIR=relative"}); len(got) != 2 {
		t.Errorf("got %q, want no relative folder", got)
	}
	if got := runtimeFolders([]string{"XDG_RUNTIME_DIR=/run/user/7", "RUNTIME_DIRECTORY=/run/chat:/run/b"}); !slices.Equal(got, []string{"/run/chat"}) {
		t.Errorf("got %q, want systemd's", got)
	}
	seen := map[string]string{}
	for _, a := range []string{"localhost:1", "localhost:2", "127.0.0.1:1", ":1", "unix:/run/a.sock", "unix:/run/b.sock", "systemd:web", "systemd:api"} {
		address, err := listen.Parse(a)
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(address.Name)
		name := controlName(address, port)
		if seen[name] != "" || strings.Contains(name, "/") {
			t.Errorf("%s: got %s, as for %s", a, name, seen[name])
		}
		seen[name] = a
	}
}
