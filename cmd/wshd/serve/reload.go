package serve

import (
	"fmt"
	"slices"

	"wshd/cmd/wshd/config"
	"wshd/host/room"
	"wshd/plugins"
)

// registryKeys need the handlers to be loaded anew.
var registryKeys = []string{"handlers", "scan", "aliases", "allow_outside_links", "scripts"}

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
	changed := config.ChangedKeys(&h.settings.Config, &next.Config)
	if _, err := next.TLSConfigs(); err != nil {
		return err // the next start would fail
	}
	handlers, err := HandlersConfig(next)
	if err != nil {
		return err
	}
	registry, failed := h.registry, h.failures
	if config.UnderAny(changed, registryKeys) || !slices.EqualFunc(handlers.Aliases, h.aliases, sameAlias) {
		failed = new(failures)
		if registry, err = h.openHandlers(next, handlers, failed); err != nil {
			return err
		}
	}
	hosted, err := h.hostConfig(next, registry, failed)
	if err == nil {
		err = h.reopenLog(next, changed)
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
	for _, key := range changed {
		if config.UnderAny([]string{key}, config.RestartKeys) {
			h.log.Warn("setting needs a restart", "reason", next.Where(key))
		}
	}
	h.rooms.Configure(next.Rooms.Queue, int(next.Limits.WriteBuffer), overflowOf(next))
	if h.admin != nil {
		h.admin.registry.Store(registry)
		h.admin.failures.Store(failed)
		if config.UnderAny(changed, []string{"admin"}) {
			h.configureAdmin(next)
		}
	}
	old := h.registry
	h.settings, h.registry, h.failures, h.aliases = next, registry, failed, handlers.Aliases
	h.counts.registry.Store(registry)
	if old != registry {
		return old.Close()
	}
	return nil
}

// reopenLog makes the log go where it belongs now. A change of its level alone opens nothing.
func (h *hosting) reopenLog(next *config.Settings, changed []string) error {
	if config.UnderAny(changed, []string{"log.file", "log.format", "log.max_size", "log.backups"}) {
		if err := h.log.Configure(h.logConfig(next)); err != nil {
			return fmt.Errorf("%s: %w", next.Where("log.file"), err)
		}
		return nil
	}
	h.log.SetLevel(next.Log.Level)
	return nil
}

func overflowOf(s *config.Settings) room.Overflow {
	if s.Rooms.Overflow == "close" {
		return room.Close
	}
	return room.DropOldest
}

func sameAlias(a, b plugins.Alias) bool { return a.Path == b.Path && a.Target == b.Target }
