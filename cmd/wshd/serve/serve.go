// Package serve puts a host and its handlers together as the settings say, and runs them until a signal.
package serve

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/logs"
	"wshd/cmd/wshd/terminal"
	"wshd/host"
	"wshd/host/admin"
	"wshd/host/listen"
	"wshd/host/room"
	"wshd/host/room/nats"
	"wshd/plugins"
)

// Config is the process that serves.
type Config struct {
	Flags   config.Flags // read again at each reload
	Environ []string
	Stderr  io.Writer
	Version string // of wshd
}

// hosting is a wshd that serves.
type hosting struct {
	Config
	settings  *config.Settings
	log       *logs.Logger
	tail      *admin.Tail // the last lines, for the status page; nil: there is none
	rooms     *room.Hub
	since     time.Time
	nats      *nats.Rooms // the same rooms over NATS servers or a folder; nil: they are in this process only
	listeners []*listen.Listener
	local     bool                    // all listeners are on loopback
	control   net.Listener            // nil: nobody can give orders but by signals
	warned    map[config.Warning]bool // the dangers that were told
	registry  *plugins.Registry
	handlers  plugins.Config  // that the registry was opened with, but for what it calls
	closing   *sync.WaitGroup // of what reads files: registries that a reload has replaced, the look at certificates
	server    *host.Server
	admin     *adminSide // nil: there is no admin listener
	watched   bool       // the log is text on standard error, so somebody may be looking
	people    bool       // it is a terminal's, and somebody is
	terminal  terminal.Terminal
	greeted   *atomic.Bool // who reads along on the terminal
	madeToken string       // opens the admin listener where no token is configured; "": none does
	counts    *counts
	failures  *failures

	certificates *certificates
	metrics      http.Handler // shows what is counted
}

// Run serves until a signal ends it.
func Run(c Config) error {
	signals := notify()
	defer signals.stop()
	seen := terminal.Of(c.Stderr, c.Environ)
	c.Stderr = logs.NewPatient(c.Stderr, nil) // a log that nobody reads keeps no signal waiting
	h := &hosting{Config: c, closing: new(sync.WaitGroup), counts: new(counts), failures: new(failures), terminal: seen, greeted: new(atomic.Bool)}
	err := h.start(signals.end)
	if h.log != nil {
		defer h.log.Close()
	}
	if sig := new(signalError); errors.As(err, &sig) {
		if h.log != nil {
			h.log.Info("going down", "reason", sig.Error())
		}
		return nil
	}
	if err != nil {
		return err
	}
	return h.run(signals)
}

// signalError is a signal that came before all was ready.
type signalError struct{ os.Signal }

func (e *signalError) Error() string { return e.String() }

// beside runs f on a goroutine of its own, and returns what it comes to. When a signal comes first it
// leaves f alone, which may hang, and returns a *signalError.
func beside[T any](end <-chan os.Signal, f func() T) (result T, err error) {
	done := make(chan T, 1)
	go func() { done <- f() }()
	select {
	case result = <-done:
		return result, nil
	case sig := <-end:
		return result, &signalError{sig}
	}
}

// start reads the settings and the files that they name, and then opens what can fail.
func (h *hosting) start(end <-chan os.Signal) error {
	r, err := beside(end, h.read)
	if err != nil {
		return err
	}
	if r.err == nil && r.settings.WantsHTTP2() {
		if err := startAnew(h.Environ); err != nil {
			return err
		}
	}
	if r.output != nil {
		h.log = logs.New(r.output)
		tell(h.log, r.settings)
	}
	if r.err != nil {
		return r.err
	}
	if limit := limitMemory(); limit > 0 {
		h.log.Info("memory limited", "reason", fmt.Sprintf("%d bytes, nine tenths of the container's limit; GOMEMLIMIT sets another", limit))
	}
	h.settings, h.tail = r.settings, r.tail
	h.watched = r.settings.Log.Format == "text" && r.settings.Log.File == ""
	h.people = h.logConfig(r.settings, r.tail).ForPeople()
	return h.open(r, end)
}

// tell logs what is odd in the settings.
func tell(log *logs.Logger, s *config.Settings) {
	for _, w := range s.Warnings {
		log.Warn(w.What, "reason", w.Reason)
	}
	for _, err := range s.Unmapped {
		log.Error("map line not used", "err", err)
	}
}

// open listens, and begins to load the handlers: behind the open listeners, where clients wait for them.
func (h *hosting) open(r *reading, end <-chan os.Signal) (err error) {
	s := r.settings
	h.openRooms(s)
	defer func() {
		if err != nil {
			h.closeAll()
		}
	}()
	if err = h.openListeners(r); err != nil {
		return err
	}
	h.local = listen.Local(h.listeners)
	h.openControl()
	opened, err := beside(end, func() opened { return h.openHandlers(r, h.failures) })
	if err = cmp.Or(err, opened.err); err != nil {
		return err
	}
	h.registry, h.handlers = opened.registry, r.handlers
	h.counts.registry.Store(h.registry)
	if h.server, err = host.New(h.hostConfig(r, h.registry, h.failures)); err != nil {
		return errors.Join(err, h.registry.Close())
	}
	h.openMetrics()
	h.warnOfDangers(s)
	h.announce()
	return h.openAdmin(s)
}
