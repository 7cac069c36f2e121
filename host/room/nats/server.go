package nats

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// maxPayload is the largest message, with its headers, that the server of our own takes: with more it warns.
const maxPayload = 8 << 20

// startTime bounds how long that server may take to be ready: it reads its folder.
const startTime = time.Minute

// embedded is a NATS server in this process, without a port: what it keeps is in a folder that is its alone.
type embedded struct {
	folder string
	sync   bool
	log    *slog.Logger
	lock   *os.File

	mu     sync.Mutex
	server *server.Server
	begun  time.Time
}

// openEmbedded starts one. It fails if another process has the folder.
func openEmbedded(folder string, sync bool, log *slog.Logger) (*embedded, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	lock, err := lockFolder(filepath.Join(folder, "lock"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	e := &embedded{folder: folder, sync: sync, log: log, lock: lock}
	if err := e.start(); err != nil {
		_ = lock.Close() // err is what there is to say
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	return e, nil
}

func (e *embedded) start() error {
	s, err := server.NewServer(&server.Options{
		ServerName: "wshd",
		DontListen: true,
		JetStream:  true,
		StoreDir:   e.folder, // never empty: that would be one that all share
		SyncAlways: e.sync,
		MaxPayload: maxPayload,
		NoSigs:     true,
	})
	if err != nil {
		return err
	}
	s.SetLoggerV2(logger{e.log}, false, false, false)
	s.Start()
	if !s.ReadyForConnections(startTime) {
		s.Shutdown()
		s.WaitForShutdown()
		return fmt.Errorf("the store is not ready after %v", startTime)
	}
	if !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return fmt.Errorf("the store cannot be used: see what it says above")
	}
	e.server, e.begun = s, time.Now()
	return nil
}

// InProcessConn connects to the server that there is now.
func (e *embedded) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server == nil {
		return nil, fmt.Errorf("the store has been closed")
	}
	return e.server.InProcessConn()
}

// restartEvery bounds how often the server is begun anew.
const restartEvery = 10 * time.Second

// restart begins the server anew in place: after a full disk its streams stay dead until then.
func (e *embedded) restart() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server == nil || time.Since(e.begun) < restartEvery {
		return nil
	}
	e.log.Warn("store begun anew", "reason", "it did not answer")
	e.server.Shutdown()
	e.server.WaitForShutdown()
	return e.start()
}

func (e *embedded) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.server.Shutdown()
	e.server.WaitForShutdown()
	e.server = nil
	_ = e.lock.Close()
}

// logger is our log for a NATS server.
type logger struct{ log *slog.Logger }

func (l logger) Noticef(format string, v ...any) {
	l.log.Debug("store says", "reason", fmt.Sprintf(format, v...))
}
func (l logger) Warnf(format string, v ...any) {
	l.log.Warn("store says", "reason", fmt.Sprintf(format, v...))
}
func (l logger) Errorf(format string, v ...any) {
	l.log.Error("store says", "reason", fmt.Sprintf(format, v...))
}
func (l logger) Fatalf(format string, v ...any) {
	l.log.Error("store says", "reason", fmt.Sprintf(format, v...))
}
func (l logger) Debugf(string, ...any) {}
func (l logger) Tracef(string, ...any) {}
