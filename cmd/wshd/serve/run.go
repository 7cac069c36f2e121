package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"wshd/cmd/wshd/hint"
	"wshd/host"
	"wshd/host/listen"
)

// loadTime is how long wshd waits, when all its connections have ended, for handlers that are being
// loaded, and certificates that are looked at: they are told to stop, and what does not heed it, such as a
// compile or a file system, is lost with the process.
const loadTime = time.Second

// run serves the listeners until a signal, or the failure of one of them, and then stops.
func (h *hosting) run(signals *signals) error {
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
	if h.certificates != nil {
		h.closing.Go(func() { h.certificates.watch(ctx) }) // a file may hang it
	}
	orders := make(chan order)
	if h.control != nil {
		serving.Go(func() { atStart.heed(ctx, orders) })
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
		h.closeHandlers()
		stopped <- err
	}()
	stopErr := h.await(stopped, signals.end)
	if errors.As(stopErr, new(hint.Exit)) {
		return stopErr // at once: nothing more is waited for
	}
	h.log.Info("stopped")
	return errors.Join(err, stopErr)
}

// obey reloads when it is told to, and returns when it is time to go. What a reload reads is read
// beside; meanwhile it is asked for no other.
func (h *hosting) obey(signals *signals, orders <-chan order, failed <-chan error) error {
	var read chan *reading // of a reload under way; nil: there is none
	var asked order        // what it was begun by; the zero value: a signal
	for {
		hangups, asks := signals.reload, orders
		if read != nil {
			hangups, asks = nil, nil
		}
		select {
		case err := <-failed:
			return err
		case sig := <-signals.end:
			h.log.Info("going down", "reason", sig.String())
			return nil
		case <-hangups:
			asked, read = order{}, h.reread()
		case o := <-asks:
			if o.command != "reload" {
				o.answer <- answer{err: fmt.Errorf("this wshd, %s, does not know the order %q", h.Version, o.command)}
				continue
			}
			asked, read = o, h.reread()
		case r := <-read:
			read = nil
			text, err := h.reload(r)
			if asked.answer != nil {
				asked.answer <- answer{text, err}
			}
		}
	}
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

// closeHandlers stops loading handlers, and what else reads files.
func (h *hosting) closeHandlers() {
	closed := make(chan struct{})
	go func() {
		h.closing.Wait()
		_ = h.registry.Close() // which has nothing to say
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(loadTime):
		h.log.Warn("handlers were still being loaded", "dur", loadTime)
	}
}

// await waits until all has stopped. A second signal ends the waiting, and wshd, whatever hangs.
func (h *hosting) await(stopped <-chan error, end <-chan os.Signal) error {
	select {
	case err := <-stopped:
		return err
	case sig := <-end:
		h.log.Warn("going down at once", "reason", sig.String())
		number, _ := sig.(syscall.Signal) // both are
		return hint.Exit(128 + int(number))
	}
}
