package serve

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"wshd/cmd/wshd/config"
	"wshd/plugins"
)

// reload reads the configuration again, and looks for changed handlers now. If anything is wrong
// nothing changes. Connections go on as they began. It returns what has changed, for people.
func (h *hosting) reload() (string, error) {
	next, err := config.Load(h.Flags, h.Environ)
	if err != nil {
		h.counts.reloads.Add("failed")
		h.log.Error("configuration not reloaded", "err", err)
		return "", err
	}
	changes := config.DescribeChanges(&h.settings.Config, &next.Config)
	if err := h.apply(next); err != nil {
		h.counts.reloads.Add("failed")
		h.log.Error("configuration not reloaded", "err", err)
		return "", err
	}
	tell(h.log, next)
	h.warnOfDangers(next)
	h.registry.Rescan()
	h.counts.reloads.Add("done")
	h.log.Info("configuration reloaded")
	return changes, nil
}

func (h *hosting) apply(next *config.Settings) error {
	if _, err := next.TLSConfigs(); err != nil {
		return err // the next start would fail
	}
	handlers, err := HandlersConfig(next)
	if err != nil {
		return err
	}
	registry, failed := h.registry, h.failures
	if !sameHandlers(handlers, h.handlers) {
		failed = new(failures)
		if registry, err = h.openHandlers(next, handlers, failed); err != nil {
			return err
		}
	}
	hosted, err := h.hostConfig(next, registry, failed)
	if err == nil {
		err = h.reopenLog(next)
	}
	if err == nil {
		err = h.server.Configure(hosted)
	}
	if err != nil {
		if registry != h.registry {
			_ = registry.Close() // err is what there is to say
		}
		return err
	}
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
	old := h.registry
	h.settings, h.registry, h.failures, h.handlers = next, registry, failed, handlers
	h.counts.registry.Store(registry)
	if old != registry {
		return old.Close()
	}
	return nil
}

// reopenLog makes the log go where it belongs now. A change of its level alone opens nothing.
func (h *hosting) reopenLog(next *config.Settings) error {
	was, is := h.logConfig(h.settings), h.logConfig(next)
	if was.Level = is.Level; was != is {
		if err := h.log.Configure(is); err != nil {
			return fmt.Errorf("%s: %w", next.Where("log.file"), err)
		}
		return nil
	}
	h.log.SetLevel(next.Log.Level)
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
