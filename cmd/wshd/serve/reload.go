package serve

import (
	"reflect"
	"slices"
	"strings"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/logs"
	"wshd/plugins"
)

// reread reads everything anew, for reload. If that fails the log's file is opened anew nevertheless:
// whoever takes it away, as logrotate does, sends SIGHUP.
func (h *hosting) reread() chan *reading {
	done := make(chan *reading, 1)
	present := h.logConfig(h.settings, h.tail)
	go func() {
		r := h.read()
		if r.err == nil && !sameHandlers(r.handlers, h.handlers) {
			r.failures = new(failures)
			o := h.openHandlers(r, r.failures)
			r.registry, r.err = o.registry, o.err
		}
		if r.err != nil {
			if r.output != nil {
				r.output.Close()
			}
			r.output, _ = logs.Open(present) // if that cannot be done the log goes on where it goes
		}
		done <- r
	}()
	return done
}

// reload makes what was read what is served by, and has the handlers looked at now. If anything is wrong
// nothing changes. Connections go on as they began. It returns what has changed, for people.
func (h *hosting) reload(r *reading) (string, error) {
	if r.output != nil {
		h.log.Use(r.output)
	}
	if r.err == nil {
		changes := config.DescribeChanges(&h.settings.Config, &r.settings.Config)
		if r.err = h.apply(r); r.err == nil {
			tell(h.log, r.settings)
			h.warnOfDangers(r.settings)
			h.registry.Rescan()
			h.counts.reloads.Add("done")
			h.log.Info("configuration reloaded")
			return changes, nil
		}
	}
	h.counts.reloads.Add("failed")
	h.log.Error("configuration not reloaded", "err", r.err)
	return "", r.err
}

func (h *hosting) apply(r *reading) error {
	registry, failed := h.registry, h.failures
	if r.registry != nil {
		registry, failed = r.registry, r.failures
	}
	if err := h.server.Configure(h.hostConfig(r, registry, failed)); err != nil {
		if registry != h.registry {
			h.closing.Go(func() { _ = registry.Close() }) // err is what there is to say
		}
		return err
	}
	next := r.settings
	changed := config.Changed(&h.settings.Config, &next.Config)
	for _, k := range changed {
		if k.AtStart() {
			h.log.Warn("setting needs a restart", "reason", next.Where(k.Name))
		}
	}
	h.rooms.Configure(next.Rooms.Queue, int(next.Limits.WriteBuffer), overflowOf(next))
	if h.admin != nil {
		h.admin.registry.Store(registry)
		h.admin.failures.Store(failed)
		if slices.ContainsFunc(changed, func(k config.Key) bool { return strings.HasPrefix(k.Name, "admin.") }) {
			h.configureAdmin(next)
		}
	}
	if old := h.registry; old != registry {
		h.closing.Go(func() { _ = old.Close() }) // it waits for handlers that are being loaded
	}
	h.settings, h.registry, h.failures, h.handlers = next, registry, failed, r.handlers
	h.counts.registry.Store(registry)
	return nil
}

// sameHandlers reports whether the handlers need not be loaded anew. Where an alias stands is nothing to them.
func sameHandlers(a, b plugins.Config) bool {
	same := slices.EqualFunc(a.Aliases, b.Aliases, func(a, b plugins.Alias) bool {
		return a.Path == b.Path && a.Target == b.Target
	})
	a.Aliases, b.Aliases = nil, nil
	return same && reflect.DeepEqual(a, b)
}
