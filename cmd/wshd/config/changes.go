package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// RestartKeys are taken at start only: those of the listeners, which have been opened with them. A key
// or a group.
var RestartKeys = []string{"listen", "tls", "limits.handshake_timeout", "limits.header_size", "admin.listen"}

// DescribeChanges lists the keys whose values differ, a line each.
func DescribeChanges(old, next *Config) string {
	var b strings.Builder
	before, after := Keys(old), Keys(next)
	for i, k := range before {
		switch {
		case sameValue(k.value, after[i].value):
		case UnderAny([]string{k.Name}, RestartKeys):
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

// ChangedKeys lists the keys whose values differ.
func ChangedKeys(a, b *Config) (changed []string) {
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

// UnderAny reports whether one of the keys is, or is in, one of the groups.
func UnderAny(keys, groups []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		return slices.ContainsFunc(groups, func(g string) bool {
			return key == g || strings.HasPrefix(key, g+".")
		})
	})
}
