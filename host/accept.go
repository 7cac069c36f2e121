package host

import (
	"errors"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"
)

// quiet is how long an entrance that failed to accept says nothing more of it.
const quiet = time.Minute

// entrance is a listener that both Shutdown and net/http close, and that tells when it has run out of
// file descriptors. net/http then tries again, after a wait that grows from 5 ms to one second.
type entrance struct {
	net.Listener
	log   *slog.Logger
	letIn func(net.Conn) bool // or closes it

	once sync.Once
	err  error

	failing bool      // of the one goroutine that accepts
	said    time.Time // when that was last logged
}

// Accept waits for the next connection that is let in.
func (e *entrance) Accept() (net.Conn, error) {
	for {
		c, err := e.accept()
		if err != nil || e.letIn(c) {
			return c, err
		}
	}
}

func (e *entrance) accept() (net.Conn, error) {
	c, err := e.Listener.Accept()
	switch {
	case err == nil && e.failing:
		e.failing = false
		e.log.Info("accepting again", "addr", e.Addr().String())
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		if time.Since(e.said) >= quiet {
			e.failing, e.said = true, time.Now()
			e.log.Error("cannot accept", "addr", e.Addr().String(), "err", err,
				"reason", "out of file descriptors: raise the limit (ulimit -n, LimitNOFILE=) or lower limits.connections")
		}
	}
	return c, err
}

// Close closes the listener the first time.
func (e *entrance) Close() error {
	e.once.Do(func() { e.err = e.Listener.Close() })
	return e.err
}
