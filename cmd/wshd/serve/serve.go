// Package serve puts a host and its handlers together as the settings say, and runs them until a signal.
package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/logs"
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
	far       *nats.Rooms // the same rooms, beyond this process; nil: they are here only
	listeners []*listen.Listener
	local     bool                    // all listeners are on loopback
	control   net.Listener            // nil: nobody can give orders but by signals
	warned    map[config.Warning]bool // the dangers that were told
	registry  *plugins.Registry
	handlers  plugins.Config // that the registry was opened with, but for what it calls
	server    *host.Server
	admin     *adminSide // nil: there is no admin listener
	watched   bool       // the log is text on standard error, so somebody may be looking
	counts    *counts
	failures  *failures
	metrics   http.Handler // shows what is counted
}

// Run serves until a signal ends it.
func Run(c Config) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	s, err := config.Load(c.Flags, c.Environ)
	if err != nil {
		return err
	}
	h := &hosting{Config: c, settings: s, watched: s.Log.Format == "text" && s.Log.File == "",
		counts: new(counts), failures: new(failures)}
	if s.Admin.Listen != "" {
		h.tail = new(admin.Tail)
	}
	log, err := logs.Open(h.logConfig(s))
	if err != nil {
		return fmt.Errorf("%s: %w", s.Where("log.file"), err)
	}
	h.log = log
	defer log.Close()
	tell(log, s)
	if limit := limitMemory(); limit > 0 {
		log.Info("memory limited", "reason", fmt.Sprintf("%d bytes, nine tenths of the container's limit; GOMEMLIMIT sets another", limit))
	}
	if err := h.start(); err != nil {
		return err
	}
	return h.run(signals)
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

// start opens what can fail: certificates, passwords, addresses, the handler root. Handlers are
// loaded behind the open listeners.
func (h *hosting) start() (err error) {
	s := h.settings
	handlers, err := HandlersConfig(s)
	if err != nil {
		return err
	}
	h.openRooms(s)
	if err = h.openListeners(s); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			h.closeAll()
		}
	}()
	h.local = listen.Local(h.listeners)
	h.openControl()
	if h.registry, err = h.openHandlers(s, handlers, h.failures); err != nil {
		return err
	}
	h.handlers = handlers
	h.counts.registry.Store(h.registry)
	hosted, err := h.hostConfig(s, h.registry, h.failures)
	if err == nil {
		h.server, err = host.New(hosted)
	}
	if err != nil {
		return errors.Join(err, h.registry.Close())
	}
	h.openMetrics()
	h.warnOfDangers(s)
	h.announce()
	return h.openAdmin(s)
}

// Run serves the listeners until a signal, or the failure of one of them, and then stops.
func (h *hosting) run(signals <-chan os.Signal) error {
	var serving sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	atStart := *h // a reload changes h
	serving.Go(func() { atStart.greet(ctx) })
	failed := make(chan error, len(h.listeners)+1)
	serveOn := func(server *host.Server, l *listen.Listener) {
		serving.Go(func() {
			if err := server.Serve(l); err != nil {
				failed <- fmt.Errorf("serve %s: %w", l.Addr(), err)
			}
		})
	}
	for _, l := range h.listeners {
		serveOn(h.server, l)
	}
	if h.admin != nil {
		for _, l := range h.admin.listeners {
			serveOn(h.admin.server, l)
		}
	}
	orders := make(chan order)
	if h.control != nil {
		serving.Go(func() { heed(ctx, h.control, orders) })
	}
	err := h.obey(signals, orders, failed)
	cancel()
	h.closeControl()
	stopped := make(chan error, 1)
	go func() {
		err := h.stop()
		if h.admin != nil { // the last to go: it tells that the others are going
			err = errors.Join(err, h.admin.stop())
		}
		serving.Wait()
		h.closeRooms()
		stopped <- errors.Join(err, h.registry.Close())
	}()
	stopErr := h.await(stopped, signals)
	if errors.As(stopErr, new(hint.Exit)) {
		return stopErr // at once: nothing more is waited for
	}
	h.log.Info("stopped")
	return errors.Join(err, stopErr)
}

// obey reloads when it is told to, and returns when it is time to go.
func (h *hosting) obey(signals <-chan os.Signal, orders <-chan order, failed <-chan error) error {
	for {
		select {
		case err := <-failed:
			return err
		case sig := <-signals:
			if sig != syscall.SIGHUP {
				h.log.Info("going down", "reason", sig.String())
				return nil
			}
			_, _ = h.reload() // the log tells
		case o := <-orders:
			o.answer <- h.carryOut(o.command)
		}
	}
}

// carryOut does what somebody ordered by the control socket.
func (h *hosting) carryOut(command string) (a answer) {
	switch command {
	case "reload":
		a.text, a.err = h.reload()
	default:
		a.err = fmt.Errorf("this wshd, %s, does not know the order %q", h.Version, command)
	}
	return a
}

// stop ends the connections and waits for their handlers, for as long as drain says.
func (h *hosting) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), h.settings.Drain)
	defer cancel()
	err := h.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		h.log.Warn("handlers were still running", "dur", h.settings.Drain)
		return nil
	}
	return err
}

// await waits until all has stopped. A second signal ends the waiting, and wshd, whatever hangs: a
// handler, or one that is loaded.
func (h *hosting) await(stopped <-chan error, signals <-chan os.Signal) error {
	for {
		select {
		case err := <-stopped:
			return err
		case sig := <-signals:
			if number, ok := sig.(syscall.Signal); ok && sig != syscall.SIGHUP {
				h.log.Warn("going down at once", "reason", sig.String())
				return hint.Exit(128 + int(number))
			}
		}
	}
}
