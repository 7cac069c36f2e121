package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"wshd/host/room"
	"wshd/plugins"
)

// restartKeys are taken at start only: those of the listeners, which have been opened with them. A key
// or a group.
var restartKeys = []string{"listen", "tls", "limits.handshake_timeout", "limits.header_size", "admin.listen"}

// registryKeys need the handlers to be loaded anew.
var registryKeys = []string{"handlers", "scan", "aliases", "allow_outside_links", "scripts"}

// reload reads the configuration again, and looks for changed handlers now. If anything is wrong
// nothing changes. Connections go on as they began. It returns what has changed, for people.
func (h *hosting) reload() (string, error) {
	next, err := loadSettings(h.flags, h.environ)
	if err != nil {
		h.counts.reloads.Add("failed")
		h.log.Error("configuration not reloaded", "err", err)
		return "", err
	}
	changes := describeChanges(&h.settings.Config, &next.Config)
	if err := h.apply(next); err != nil {
		h.counts.reloads.Add("failed")
		h.log.Error("configuration not reloaded", "err", err)
		return "", err
	}
	next.tell(h.log)
	h.warnOfDangers(next)
	h.registry.Rescan()
	h.counts.reloads.Add("done")
	h.log.Info("configuration reloaded")
	return changes, nil
}

// describeChanges lists the keys whose values differ, a line each.
func describeChanges(old, next *Config) string {
	var b strings.Builder
	before, after := Keys(old), Keys(next)
	for i, k := range before {
		switch {
		case sameValue(k.value, after[i].value):
		case underAny([]string{k.Name}, restartKeys):
			fmt.Fprintf(&b, "%s: needs a restart\n", k.Name)
		case k.tag.Get("secret") != "", k.Default() == after[i].Default(): // a secret; a map, too long to show
			fmt.Fprintf(&b, "%s: changed\n", k.Name)
		default:
			fmt.Fprintf(&b, "%s: %s, now %s\n", k.Name, k.Default(), after[i].Default())
		}
	}
	if b.Len() == 0 {
		return "no key has changed; the files that they name were read again\n"
	}
	return b.String()
}

func (h *hosting) apply(next *settings) error {
	changed := changedKeys(&h.settings.Config, &next.Config)
	if _, err := next.tlsConfigs(); err != nil {
		return err // the next start would fail
	}
	handlers, err := registryConfig(next)
	if err != nil {
		return err
	}
	registry, failed := h.registry, h.failures
	if underAny(changed, registryKeys) || !slices.EqualFunc(handlers.Aliases, h.aliases, sameAlias) {
		failed = new(failures)
		if registry, err = h.openHandlers(next, handlers, failed); err != nil {
			return err
		}
	}
	config, err := h.hostConfig(next, registry, failed)
	if err == nil {
		err = h.reopenLog(next, changed)
	}
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
	h.rooms.Configure(next.Rooms.Queue, int(next.Limits.WriteBuffer), overflowOf(next))
	if h.admin != nil {
		h.admin.registry.Store(registry)
		h.admin.failures.Store(failed)
		if underAny(changed, []string{"admin"}) {
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
func (h *hosting) reopenLog(next *settings, changed []string) error {
	if underAny(changed, []string{"log.file", "log.format", "log.max_size", "log.backups"}) {
		return h.log.open(next)
	}
	h.log.level.Set(levels[next.Log.Level])
	return nil
}

func overflowOf(s *settings) room.Overflow {
	if s.Rooms.Overflow == "close" {
		return room.Close
	}
	return room.DropOldest
}

// changedKeys lists the keys whose values differ.
func changedKeys(a, b *Config) (changed []string) {
	others := Keys(b)
	for i, k := range Keys(a) {
		if !sameValue(k.value, others[i].value) {
			changed = append(changed, k.Name)
		}
	}
	return changed
}

// sameValue compares two values of a key. Where they stand in the file is no part of them.
func sameValue(a, b any) bool {
	switch a := a.(type) {
	case *Aliases:
		return slices.EqualFunc(*a, *b.(*Aliases), func(x, y Alias) bool { return x.Path == y.Path && x.Target == y.Target })
	case *Paths:
		return slices.EqualFunc(*a, *b.(*Paths), samePath)
	}
	return reflect.DeepEqual(a, b)
}

func samePath(a, b PathRule) bool {
	return a.Pattern == b.Pattern && reflect.DeepEqual(a.config, b.config) &&
		maps.EqualFunc(a.from, b.from, func(string, string) bool { return true })
}

func sameAlias(a, b plugins.Alias) bool { return a.Path == b.Path && a.Target == b.Target }

// underAny reports whether one of the keys is, or is in, one of the groups.
func underAny(keys, groups []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		return slices.ContainsFunc(groups, func(g string) bool {
			return key == g || strings.HasPrefix(key, g+".")
		})
	})
}
