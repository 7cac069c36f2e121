package host

import (
	"errors"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"
)

// acceptLogInterval is the least time between two log lines about a listener that cannot accept.
const acceptLogInterval = time.Minute

// listener may be closed by both Shutdown and net/http, and logs when the process has run out of file
// descriptors. net/http then tries again, after a wait that grows from 5 ms to one second.
type listener struct {
	net.Listener
	log             *slog.Logger
	admitConnection func(net.Conn) bool // or closes it

	once sync.Once
	err  error

	failing bool      // guarded by there being one goroutine that accepts
	logged  time.Time // when that was last logged
}

// Accept waits for the next connection that is admitted.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.accept()
		if err != nil || l.admitConnection(c) {
			return c, err
		}
	}
}

func (l *listener) accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	switch {
	case err == nil && l.failing:
		l.failing = false
		l.log.Info("accepting again", "addr", l.Addr().String())
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		if time.Since(l.logged) >= acceptLogInterval {
			l.failing, l.logged = true, time.Now()
			l.log.Error("cannot accept", "addr", l.Addr().String(), "err", err,
				"reason", "out of file descriptors: raise the limit (ulimit -n, LimitNOFILE=) or lower limits.connections")
		}
	}
	return c, err
}

// Close closes the listener the first time.
func (l *listener) Close() error {
	l.once.Do(func() { l.err = l.Listener.Close() })
	return l.err
}
