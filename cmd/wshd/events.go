package main

import (
	"fmt"
	"log/slog"
	"net"
	"strings"

	"wshd/plugins"
)

// report logs what happens to the handlers. The registry calls it for one event at a time.
func (h *hosting) report(e plugins.Event) {
	log := h.log.With("script", e.Script)
	switch e.Kind {
	case plugins.Loaded:
		log.Info("handler loaded", "resource", e.Path, "version", e.Version, "dur", e.Took)
	case plugins.Reloaded:
		log.Info("handler reloaded", "resource", e.Path, "version", e.Version, "dur", e.Took)
	case plugins.Removed:
		log.Info("handler removed", "resource", e.Path)
	case plugins.Failed:
		if e.Version > 0 {
			log.Error("handler not reloaded, the last good version goes on", "resource", e.Path, "version", e.Version, "err", e.Err)
			return
		}
		log.Error("handler not loaded", "resource", e.Path, "err", e.Err)
	case plugins.Warning:
		h.log.Warn("handler root", "reason", e.Err)
	}
}

// announce says where to connect: in the log and, to somebody who looks at it, in words.
func (h *hosting) announce() {
	for _, l := range h.listeners {
		h.log.Info("listening", "addr", l.Addr().String())
	}
	first, more := h.firstRoute()
	if first == "" {
		h.log.Warn("no handlers", "reason", h.settings.Handlers+" holds none; a handler is a file named NAME_wsh.go, and wshd init DIR lays one")
	}
	others := "wshd -H 0.0.0.0 -p " + h.port()
	switch {
	case !h.log.human:
		if h.local {
			h.log.Info("only this machine can connect", "reason", "for others: "+others)
		}
	case h.log.level.Level() <= slog.LevelInfo:
		var b strings.Builder
		fmt.Fprintf(&b, "wshd serves %s: ", h.settings.Handlers)
		if first != "" {
			fmt.Fprintf(&b, "%s%s%s\n", h.url("ws"), first, more)
		} else {
			b.WriteString("no handlers yet\n")
		}
		fmt.Fprintf(&b, "pages: %s/\n", h.url("http"))
		if h.local {
			fmt.Fprintf(&b, "hint: only this machine can connect; for others: %s\n", others)
			b.WriteString("      and for pages of other sites: --origins https://example.com\n")
		}
		fmt.Fprint(h.stderr, b.String())
	}
}

// firstRoute is a path to show, and how many more there are.
func (h *hosting) firstRoute() (first, more string) {
	routes := h.registry.Routes()
	for _, r := range routes {
		if first == "" && r.AliasOf == "" || r.Path == "/echo" {
			first = r.Path
		}
	}
	if n := len(routes) - 1; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return first, more
}

// url is the address to reach wshd at from this machine.
func (h *hosting) url(scheme string) string {
	if h.settings.TLS.Certificate != "" {
		scheme += "s"
	}
	host, _, err := net.SplitHostPort(h.settings.Listen[0])
	if ip := net.ParseIP(host); err != nil || host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, h.port())
}

// port is that of the first listener.
func (h *hosting) port() string {
	_, port, _ := net.SplitHostPort(h.listeners[0].Addr().String()) // a listener's address has one
	return port
}
