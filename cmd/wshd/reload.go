package main

import (
	"reflect"
	"slices"
	"strings"
)

// restartKeys are taken at start only. A key or a group.
var restartKeys = []string{"listen", "tls", "rooms", "limits.handshake_timeout", "log.format", "log.file",
	"log.max_size", "log.backups"}

// registryKeys need the handlers to be loaded anew.
var registryKeys = []string{"handlers", "scan", "aliases", "allow_outside_links", "scripts"}

// reload reads the configuration again, and looks for changed handlers now. If anything is wrong
// nothing changes. Connections go on as they began.
func (h *hosting) reload() {
	next, err := loadSettings(h.flags, h.environ)
	if err != nil {
		h.log.Error("configuration not reloaded", "err", err)
		return
	}
	if err := h.apply(next); err != nil {
		h.log.Error("configuration not reloaded", "err", err)
		return
	}
	next.tell(h.log)
	h.registry.Rescan()
	h.log.Info("configuration reloaded")
}

func (h *hosting) apply(next *settings) error {
	changed := changedKeys(&h.settings.Config, &next.Config)
	handlers, err := registryConfig(next)
	if err != nil {
		return err
	}
	registry := h.registry
	if underAny(changed, registryKeys) || !slices.Equal(handlers.Aliases, h.aliases) {
		if registry, err = h.openHandlers(next, handlers); err != nil {
			return err
		}
	}
	config, err := h.hostConfig(next, registry)
	if err == nil {
		err = h.server.Configure(config)
	}
	if err != nil {
		if registry != h.registry {
			_ = registry.Close() // err is what there is to say
		}
		return err
	}
	for _, key := range changed {
		if underAny([]string{key}, restartKeys) {
			h.log.Warn("setting needs a restart", "reason", next.where(key))
		}
	}
	h.log.level.Set(levels[next.Log.Level])
	old := h.registry
	h.settings, h.registry, h.aliases = next, registry, handlers.Aliases
	if old != registry {
		return old.Close()
	}
	return nil
}

// changedKeys lists the keys whose values differ.
func changedKeys(a, b *Config) (changed []string) {
	others := Keys(b)
	for i, k := range Keys(a) {
		if !reflect.DeepEqual(k.value, others[i].value) {
			changed = append(changed, k.Name)
		}
	}
	return changed
}

// underAny reports whether one of the keys is, or is in, one of the groups.
func underAny(keys, groups []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		return slices.ContainsFunc(groups, func(g string) bool {
			return key == g || strings.HasPrefix(key, g+".")
		})
	})
}
