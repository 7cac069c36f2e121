package serve

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"wshd/cmd/wshd/hint"
	"wshd/host/listen"
)

func TestListenErrorsSayWhatToDo(t *testing.T) {
	s, err := settingsOf(t, nil, "-p", "9998")
	if err != nil {
		t.Fatal(err)
	}
	of := func(err error) error {
		return &net.OpError{Op: "listen", Net: "tcp", Err: os.NewSyscallError("bind", err)}
	}
	for _, tt := range []struct {
		name, address string
		err           error
		want, hint    string
	}{
		{"in use", "localhost:9998", of(syscall.EADDRINUSE), "--port: port 9998 is in use on localhost", "wshd -p 9999"},
		{"the proposed one", ":9999", of(syscall.EADDRINUSE), "--port: port 9999 is in use on this machine", "wshd -p 9998"},
		{"not allowed", "localhost:80", of(syscall.EACCES), "--port: listen on localhost:80: permission denied", "ports below 1024"},
		{"not ours", "192.0.2.1:80", of(syscall.EADDRNOTAVAIL), "--port: listen on 192.0.2.1:80: cannot assign requested address", "-H 0.0.0.0"},
		{"unknown", "nowhere:80", &net.DNSError{Name: "nowhere"}, `--port: listen on nowhere:80: the host name "nowhere" is unknown`, "-H takes"},
		{"socket in use", "unix:/a", of(syscall.EADDRINUSE), "--port: somebody listens on unix:/a", "stop it"},
		{"socket not allowed", "unix:/a", of(syscall.EACCES), "--port: listen on unix:/a: permission denied", "make files in this folder"},
		{"socket in no folder", "unix:/a/b", of(syscall.ENOENT), "--port: listen on unix:/a/b: no such file or directory", "RuntimeDirectory=wshd"},
		{"no systemd", "systemd", listen.ErrNotPassed, "--port: listen on systemd: systemd passed no socket", "systemd-socket-activate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := listen.Parse(tt.address)
			if err != nil {
				t.Fatal(err)
			}
			err = listenError(s, "listen", &listen.Error{Address: a, Err: tt.err})
			var h *hint.Error
			if !errors.As(err, &h) || err.Error() != tt.want || !strings.Contains(h.Hint, tt.hint) {
				t.Errorf("got %v (%+v), want %s", err, h, tt.want)
			}
		})
	}
}
