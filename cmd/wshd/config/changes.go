package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// DescribeChanges lists the keys whose values differ, a line each.
func DescribeChanges(old, next *Config) string {
	before := map[string]string{}
	for _, k := range Keys(old) {
		before[k.Name] = k.String()
	}
	var b strings.Builder
	for _, k := range Changed(old, next) {
		switch was, is := before[k.Name], k.String(); {
		case k.AtStart():
			fmt.Fprintf(&b, "%s: needs a restart\n", k.Name)
		case k.tag.Get("secret") != "", was == is: // a secret; a map, too long to show
			fmt.Fprintf(&b, "%s: changed\n", k.Name)
		default:
			fmt.Fprintf(&b, "%s: %s, now %s\n", k.Name, was, is)
		}
	}
	if b.Len() == 0 {
		return "no key has changed; the files that they name were read again\n"
	}
	return b.String()
}

// Changed lists the keys of next whose values are others in old.
func Changed(old, next *Config) (changed []Key) {
	before := Keys(old)
	for i, k := range Keys(next) {
		if !sameValue(before[i].value, k.value) {
			changed = append(changed, k)
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

// underAny reports whether one of the keys is, or is in, one of the groups.
func underAny(keys, groups []string) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		return slices.ContainsFunc(groups, func(g string) bool {
			return key == g || strings.HasPrefix(key, g+".")
		})
	})
}
