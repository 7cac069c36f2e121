// Package host serves connections: listen, read the request, dispatch it, call the handler's hooks.
package host

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"wshd/host/peer"
	"wshd/plugins/wsh"
)

// Config is what a Server serves, and how. The zero value answers 404 to everything.
type Config struct {
	// Lookup finds the handler version that is current now for a path, matched raw. It may wait
	// for one that is still loading, until ctx ends. nil: there are no handlers.
	Lookup func(ctx context.Context, path string) Found

	// Missing says why there is nothing at a path; "" if that is all there is to say. nil: it is. The log
	// tells its first line, and if all listeners are on loopback the 404 that somebody on this machine gets
	// all of it.
	Missing func(path string) string

	Rooms     wsh.Rooms // nil: Join and Publish do nothing
	Documents fs.FS     // plain files for what is no handler; nil: none
	Here      fs.FS     // for who is on this machine and comes by no proxy: in place of Documents, or behind a *documents.Root
	CGI       CGI       // of Documents, if that is a *documents.Root

	// HideCookie is a cookie that is none of the handlers' and programs' business, nor of whoever else sees a
	// request: that of the admin side, which browsers send to all ports. "": there is none.
	HideCookie string

	// ValidationHost and ValidationPort are what an absolute request target must name:
	// pywebsocket's -V and -P. Empty and 0: the host and port that the connection came in on.
	ValidationHost string
	ValidationPort int

	Proxies peer.Proxies // whose word on who the client is counts

	Rules                   // what holds for every path that Paths does not name
	Paths map[string]*Rules // by pattern: /chat for that path, /rooms/ for the folder and all in it
	tree  *pathTree         // of Paths

	WriteBuffer         int           // bytes that wait for one client in its handler's MessageSenders; 0: 1 MiB
	HandshakesPerSecond int           // of one client, as many at once; 0: any number
	HandshakeTimeout    time.Duration // reading the request head; 0: 10s
	FlushTime           time.Duration // for what was published to a connection that is to be closed; 0: 2s
	HeaderSize          int           // of the request line and headers together; 0: 64 KiB
	Log                 *slog.Logger  // nil: nothing is logged

	// Failed is told, after the log, what a hook of a handler has failed with. nil: nobody is.
	Failed func(h *wsh.Handler, err error)
}

// Found is what Lookup finds.
type Found struct {
	*wsh.Handler                   // nil: there is none
	Values       map[string]string // what the wildcards of its pattern stand for in the path; nil: nothing
	Served       []string          // the paths and patterns, besides the request's path, whose rules hold: an alias's handler's
}

// CGI names the programs that plain requests may run.
type CGI struct {
	Paths     []string      // the paths under the document root whose executable files are run, such as /cgi-bin
	Time      time.Duration // that a program may run for; 0: for ever
	Processes int           // that run at once, of one client half of them; 0: any number
}
