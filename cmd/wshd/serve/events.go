package serve

import (
	"slices"
	"time"

	"wshd/cmd/wshd/config"
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
