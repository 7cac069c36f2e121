package serve

import (
	"os"
	"os/signal"
	"syscall"
)

// signals are what others tell wshd by kill. Those that end it have a channel of their own, so that no
// number of the others takes their place.
type signals struct {
	end    chan os.Signal // SIGINT and SIGTERM; the second ends wshd at once
	reload chan os.Signal // SIGHUP: those that come while one is waiting are one with it
	broken chan os.Signal // SIGPIPE, which nobody reads
}

// notify has signals come here instead of ending the process.
func notify() *signals {
	s := &signals{end: make(chan os.Signal, 2), reload: make(chan os.Signal, 1), broken: make(chan os.Signal, 1)}
	signal.Notify(s.end, syscall.SIGINT, syscall.SIGTERM)
	signal.Notify(s.reload, syscall.SIGHUP)
	// Otherwise the next line of the log would end wshd when the reader of standard error or standard
	// output has gone. It is not ignored, which programs that are run would inherit.
	signal.Notify(s.broken, syscall.SIGPIPE)
	return s
}

func (s *signals) stop() {
	for _, c := range []chan os.Signal{s.end, s.reload, s.broken} {
		signal.Stop(c)
	}
}
