//go:build unix

package listen

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

func TestSocketFilesHaveTheirModeAndGo(t *testing.T) {
	dir := t.TempDir()
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	before := syscall.Umask(0o077)
	defer syscall.Umask(before)
	for _, tt := range []struct {
		name, options string
		want          fs.FileMode
	}{
		{"default", "", 0o660}, {"mode", "?mode=0666", 0o666}, {"owner", "?mode=600&owner=" + me.Uid + ":" + me.Gid, 0o600},
		{"user", "?owner=" + me.Username, 0o660}, {"group", "?owner=:" + me.Gid, 0o660},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(dir, tt.name)
			ls := mustOpen(t, "unix:"+file+tt.options)
			info, err := os.Lstat(file)
			if err != nil || info.Mode() != fs.ModeSocket|tt.want {
				t.Errorf("got %v (%v), want a socket with mode %v", info.Mode(), err, tt.want)
			}
			Close(ls)
			if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("got %v after the end, want no file", err)
			}
		})
	}
	if now := syscall.Umask(0o077); now != 0o077 {
		t.Errorf("the umask is left at %o", now)
	}
}

// Until its mode and owner are set, nobody else may connect.
func TestSocketIsItsOwnersAloneAtFirst(t *testing.T) {
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	file := filepath.Join(t.TempDir(), "a")
	l, err := bind(file)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Lstat(file)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("got %v, %v, want nothing for others", info.Mode(), err)
	}
}

func TestSocketIsGivenToAnother(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files away")
	}
	file := filepath.Join(t.TempDir(), "a")
	mustOpen(t, "unix:"+file+"?owner=4711:4712")
	info, err := os.Lstat(file)
	if err != nil {
		t.Fatal(err)
	}
	if s := info.Sys().(*syscall.Stat_t); s.Uid != 4711 || s.Gid != 4712 {
		t.Errorf("got %d:%d, want 4711:4712", s.Uid, s.Gid)
	}
}

// leave makes the socket file of a process that died.
func leave(t *testing.T, file string) {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Net: "unix", Name: file})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
}

func TestStaleSocketIsReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	leave(t, file)
	mustOpen(t, "unix:"+file)
	c, err := net.Dial("unix", file)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if names, _ := filepath.Glob(file + "*"); len(names) != 1 {
		t.Errorf("got %v, want the socket alone", names)
	}
}

func TestSocketsAreNotTakenAway(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a")
	mustOpen(t, "unix:"+file)
	if _, err := open(t, "unix:"+file); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("somebody answers: got %v, want in use", err)
	}
	if c, err := net.Dial("unix", file); err != nil {
		t.Errorf("the one who answers is gone: %v", err)
	} else {
		c.Close()
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, "unix:"+text); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("a file: got %v", err)
	}
	if b, _ := os.ReadFile(text); string(b) != "mine" {
		t.Error("a file was overwritten")
	}
}

// A socket that another process put in the place of ours outlives us.
func TestSuccessorsSocketIsLeft(t *testing.T) {
	dir := t.TempDir()
	file, aside := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	ls := mustOpen(t, "unix:"+file)
	if err := os.Rename(file, aside); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, "unix:"+file)
	Close(ls)
	if _, err := os.Lstat(file); err != nil {
		t.Error(err)
	}
}

// Somebody may begin to answer between two looks.
func TestSocketPutAsideComesBackIfItAnswers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	ls := mustOpen(t, "unix:"+file)
	if err := removeAside(file); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("got %v, want in use", err)
	}
	if c, err := net.Dial("unix", ls[0].Addr().String()); err != nil {
		t.Error(err)
	} else {
		c.Close()
	}
}

func TestUnknownOwners(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	for owner, want := range map[string]string{
		"no-such-user": "owner: there is no user no-such-user", ":no-such-group": "owner: there is no group no-such-group",
	} {
		if _, err := open(t, "unix:"+file+"?owner="+owner); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the file is left", owner)
		}
	}
}

func TestEnvironmentOfSystemd(t *testing.T) {
	me := "LISTEN_PID=" + strconv.Itoa(os.Getpid())
	for _, tt := range []struct{ name, env, want string }{
		{"nothing", "", ""},
		{"another process", "LISTEN_PID=1 LISTEN_FDS=2", ""},
		{"no process", "LISTEN_FDS=2", ""},
		{"no sockets", me + " LISTEN_FDS=0", ""},
		{"no number", me + " LISTEN_FDS=two", `LISTEN_FDS: "two" is no number`},
		{"negative", me + " LISTEN_FDS=-1", `LISTEN_FDS: "-1" is no number`},
		{"too many names", me + " LISTEN_FDS=1 LISTEN_FDNAMES=a:b", "LISTEN_FDNAMES has 2 names for 1 sockets"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := FromSystemd(strings.Fields(tt.env))
			if tt.want != "" {
				if err == nil || err.Error() != tt.want {
					t.Errorf("got %v, want %s", err, tt.want)
				}
				return
			}
			if err != nil || p.Left() {
				t.Fatalf("got %v, %v, want no sockets", p, err)
			}
			if _, err := p.take(""); !errors.Is(err, ErrNotPassed) {
				t.Errorf("got %v, want that none was passed", err)
			}
		})
	}
}

// passed makes sockets as systemd passes them, each with its name.
func passed(t *testing.T, sockets ...string) *Passed {
	t.Helper()
	p := &Passed{}
	for _, name := range sockets {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		f, err := l.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		t.Cleanup(func() { f.Close() })
		p.files, p.names = append(p.files, f), append(p.names, name)
	}
	return p
}

func TestSocketsOfSystemdAreTakenByName(t *testing.T) {
	p := passed(t, "web", "admin", "web")
	for _, tt := range []struct {
		name string
		want int
		err  string
	}{
		{"web", 2, ""},
		{"nobody", 0, "systemd passed no socket of this name (there are: admin, web)"},
		{"", 1, ""},
		{"", 0, "all sockets that systemd passed are taken"},
	} {
		ls, err := p.take(tt.name)
		for _, l := range ls {
			defer l.Close()
		}
		if len(ls) != tt.want || tt.err == "" != (err == nil) || err != nil && err.Error() != tt.err {
			t.Errorf("%q: got %v, %v, want %d, %s", tt.name, ls, err, tt.want, tt.err)
		}
	}
	if p.Left() {
		t.Error("sockets are left")
	}
}

func TestDescriptorsThatDoNotAccept(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer r.Close()
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	f, err := u.(*net.UDPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, file := range []*os.File{r, f} {
		p := &Passed{files: []*os.File{file}}
		if ls, err := p.take(""); err == nil || !strings.Contains(err.Error(), "ListenStream=") {
			t.Errorf("got %v, %v, want that it does not accept", ls, err)
		}
	}
}
