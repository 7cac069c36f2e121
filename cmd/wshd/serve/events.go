package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/host/listen"
	"wshd/plugins"
)

// report logs what happens to the handlers. The registry calls it for one event at a time.
func (h *hosting) report(e plugins.Event) {
	log := h.log.With("script", e.Script)
	h.counts.events.Add(e.Kind.String())
	switch e.Kind {
	case plugins.Loaded:
		log.Info("handler loaded", "resource", e.Path, "version", e.Version, "dur", rounded(e.Took))
	case plugins.Reloaded:
		log.Info("handler reloaded", "resource", e.Path, "version", e.Version, "dur", rounded(e.Took))
	case plugins.Removed:
		log.Info("handler removed", "resource", e.Path)
	case plugins.Failed:
		if e.Version > 0 {
			log.Error("handler not reloaded, the last good version goes on", "resource", e.Path, "version", e.Version, "err", e.Err)
			return
		}
		log.Error("handler not loaded", "resource", e.Path, "err", e.Err)
	case plugins.Killed:
		what := []any{"resource", e.Path, "version", e.Version, "err", e.Err}
		log.Error("handler killed, its connections are closed", append(what, stackOf(e.Err)...)...)
	case plugins.Warning:
		h.log.Warn("not served", "reason", e.Err)
	}
}

// stackOf is the stack of a script's error, if it has one.
func stackOf(err error) []any {
	if at, ok := err.(interface{ Trace() string }); ok && at.Trace() != "" {
		return []any{"stack", at.Trace()}
	}
	return nil
}

func rounded(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// announce logs where wshd listens, and what is odd about it.
func (h *hosting) announce() {
	for _, l := range h.listeners {
		h.log.Info("listening", "addr", addressOf(l))
	}
	if len(h.registry.Routes()) == 0 {
		h.log.Warn("no handlers", "reason", h.settings.Handlers+" holds none; a handler is a file named NAME_wsh.go, and wshd init DIR lays one")
	}
	if nullMayConnect(h.settings, h.local) {
		h.log.Info("pages from disk may connect", "reason", "and so may sandboxed frames of any site, which browsers call null as well; --origins same lets in this host's own pages only")
	}
	if h.local && !h.watched {
		h.log.Info("only this machine can connect", "reason", forOthers)
	}
}

// nullMayConnect reports whether the origin null is let in.
func nullMayConnect(s *config.Settings, local bool) bool {
	return slices.Contains(s.Origins, "null") ||
		local && len(s.TrustedProxies) == 0 && slices.Contains(s.Origins, "default") && !slices.Contains(s.Origins, "*")
}

// forOthers is what to add to any command line.
const forOthers = "to let others in add -H 0.0.0.0"

// greet tells somebody who looks at the log where to connect, once the handlers are loaded: before,
// their lines would push it away.
func (h *hosting) greet(ctx context.Context) {
	if !h.watched || h.log.Level() > slog.LevelInfo {
		return
	}
	if err := h.registry.Wait(ctx); err != nil {
		return // going down already
	}
	var b strings.Builder
	fmt.Fprintf(&b, "wshd serves %s: %s\n", h.settings.Handlers, h.served())
	if pages := h.url("http"); pages != "" {
		fmt.Fprintf(&b, "pages: %s/\n", pages)
	}
	if h.admin != nil && h.settings.Admin.Token != "" && h.admin.listeners[0].Addr().Network() == "tcp" {
		_, port, _ := net.SplitHostPort(addressOf(h.admin.listeners[0])) // a TCP address has one
		fmt.Fprintf(&b, "status: http://localhost:%s/status\n", port)
	}
	if h.local {
		b.WriteString("hint: only this machine can connect; " + forOthers + "\n")
		if origins := h.settings.Origins; !slices.Contains(origins, "*") {
			b.WriteString("      and for pages of other sites --origins " + strings.Join(append(slices.Clone(origins), "https://example.com"), ",") + "\n")
		}
	}
	fmt.Fprint(h.Stderr, b.String())
}

// served is an address to show, and how many more there are.
func (h *hosting) served() string {
	first, good, bad := "", 0, 0
	for _, r := range h.registry.Routes() {
		if r.Err != nil {
			bad++
			continue
		}
		good++
		if first == "" && r.AliasOf == "" || r.Path == "/echo" {
			first = h.url("ws") + r.Path
		}
	}
	switch {
	case good == 0:
		first = "nothing yet"
	case good > 1:
		first += fmt.Sprintf(" and %d more", good-1)
	}
	if bad > 0 {
		first += fmt.Sprintf("; %d not loaded, see above", bad)
	}
	return first
}

// url is the address to reach wshd at from this machine; "" if it is on no TCP port.
func (h *hosting) url(scheme string) string {
	l := h.shown()
	if l == nil {
		return ""
	}
	if l.Secure {
		scheme += "s"
	}
	name := l.Address.Name
	if l.Address.Network == "systemd" {
		name = l.Addr().String()
	}
	host, _, err := net.SplitHostPort(name)
	if ip := net.ParseIP(host); err != nil || host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, h.port())
}

// shown is the first listener that a client can be sent to by a port; nil if there is none.
func (h *hosting) shown() *listen.Listener {
	for _, l := range h.listeners {
		if l.Addr().Network() == "tcp" && l.RedirectTo() == "" {
			return l
		}
	}
	return nil
}

// port is that of the listener that is shown.
func (h *hosting) port() string {
	l := h.shown()
	if l == nil {
		return "9998"
	}
	_, port, _ := net.SplitHostPort(l.Addr().String()) // a TCP address has one
	return port
}
