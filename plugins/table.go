package plugins

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"wshd/plugins/wsh/pattern"
	"wshd/plugins/wsh/urlpath"
)

// table is where all paths lead: those that are written out, and then patterns.
type table struct {
	exact     map[string]route
	patterns  pattern.Set
	byPattern map[string]route
}

// route is where a path leads.
type route struct {
	*slot
	pattern string            // "": a path that is written out
	aliasOf string            // the target, as it is shown; "": no alias
	served  []string          // paths and patterns, besides the one that is asked for, whose rules hold
	where   string            // what says so: an alias, or a script with its line
	values  map[string]string // of the target's wildcards, where an alias leads to a path that a pattern matches
}

func newTable() *table { return &table{exact: map[string]route{}, byPattern: map[string]route{}} }

// find looks a path up as it stands in a request, or as it is.
func (t *table) find(path string) (to route, values map[string]string, ok bool) {
	if to, ok = t.exact[path]; ok {
		return to, to.values, true
	}
	if to, ok = t.exact[nameOf(path)]; ok {
		return to, to.values, true
	}
	text, values, ok := t.patterns.Match(path)
	if !ok {
		return route{}, nil, false
	}
	to = t.byPattern[text]
	if to.values != nil {
		values = maps.Clone(values)
		maps.Copy(values, to.values)
	}
	return to, values, true
}

// nameOf is a path as a file is named, where it is written as it stands in an address; otherwise as it is.
func nameOf(path string) string {
	if name, escaped := urlpath.Unescape(path); escaped {
		return name
	}
	return path
}

// add adds a path or pattern, unless it conflicts with another: that is returned.
func (t *table) add(text string, to route) (conflicting route, conflict bool) {
	if path, ok := pattern.Exact(text); ok {
		return t.addExact(nameOf(path), to)
	}
	to.pattern = text
	if other := t.patterns.Add(text); other != "" {
		return t.byPattern[other], true
	}
	t.byPattern[text] = to
	return route{}, false
}

func (t *table) addExact(path string, to route) (conflicting route, conflict bool) {
	if other, ok := t.exact[path]; ok {
		return other, true
	}
	t.exact[path] = to
	return route{}, false
}

// servedAt are the paths whose rules hold besides those of the path itself. An escaped slash makes of that
// another than the pattern matches.
func (to route) servedAt(path string) []string {
	if to.pattern != "" && strings.Contains(strings.ToUpper(path), "%2F") {
		return append(slices.Clip(to.served), to.pattern)
	}
	return to.served
}

// publish makes the routes what they are to be: aliases, then the paths of files, then those that scripts say,
// in the order of the scripts' names.
func (r *Registry) publish() {
	own, all := newTable(), newTable()
	r.conflicts = nil
	slots := slices.SortedFunc(maps.Values(r.slots), func(a, b *slot) int { return strings.Compare(a.script, b.script) })
	lost := map[string]bool{} // where what a script says has been told not to hold
	r.addPaths(own, slots, lost, func(s *slot, d pattern.Declared, other route) {
		lost[d.Pos.String()] = true
		r.conflicts = append(r.conflicts, conflictOf(s, d, other))
	})
	r.dangling = resolve(all, own, r.c.Aliases)
	r.addPaths(all, slots, lost, func(s *slot, d pattern.Declared, other route) {
		if other.pattern == "" || pattern.Shape(other.pattern) == pattern.Shape(d.Pattern) {
			return // the alias hides it
		}
		r.conflicts = append(r.conflicts, conflictOf(s, d, other))
	})
	r.table.Store(all)
}

// addPaths adds the paths of handlers, but for those that are lost, and reports those that are another's.
func (r *Registry) addPaths(t *table, slots []*slot, lost map[string]bool, conflict func(s *slot, d pattern.Declared, other route)) {
	for _, s := range slots {
		if len(s.declared) == 0 {
			t.addExact(s.path, route{slot: s, where: filepath.Join(r.c.Root, filepath.FromSlash(s.script))}) // unless an alias hides it
		}
	}
	for _, s := range slots {
		for _, d := range s.declared {
			if lost[d.Pos.String()] {
				continue
			}
			where := fmt.Sprintf("%s:%d", d.Pos.Filename, d.Pos.Line)
			if other, ok := t.add(d.Pattern, route{slot: s, where: where}); ok {
				conflict(s, d, other)
			}
		}
	}
}

// conflictOf says why a script is not served at a path that it says.
func conflictOf(s *slot, d pattern.Declared, other route) Event {
	why := other.where + " has that path"
	switch {
	case other.pattern == "":
	case pattern.Shape(other.pattern) == pattern.Shape(d.Pattern):
		why = fmt.Sprintf("%s has %s, which matches the same paths", other.where, other.pattern)
	default:
		why = fmt.Sprintf("%s has %s: some paths match both, and neither is more specific", other.where, other.pattern)
	}
	return Event{Kind: Warning, Script: s.script, Unserved: true,
		Err: fmt.Errorf("%s:%d: not served at %s: %s", d.Pos.Filename, d.Pos.Line, d.Pattern, why)}
}

// paths are those that lead to a handler, as they are shown.
func (s *slot) paths() []string {
	if len(s.declared) == 0 {
		return []string{urlpath.Escape(s.path)}
	}
	var list []string
	for _, d := range s.declared {
		list = append(list, d.Pattern)
	}
	return list
}

// shown is how events name a handler's paths.
func (s *slot) shown() string { return strings.Join(s.paths(), " ") }

// declaredBy is what the files of a script say of its paths. Those that are wrong are errors of the script.
func declaredBy(list []pattern.Declared) (good []pattern.Declared, bad []pattern.Declared) {
	for _, d := range list {
		switch twice := slices.ContainsFunc(good, func(g pattern.Declared) bool { return g.Pattern == d.Pattern }); {
		case d.Err != nil:
			bad = append(bad, d)
		case twice:
			d.Err = fmt.Errorf("//wsh:path %s stands there twice", d.Pattern)
			bad = append(bad, d)
		default:
			good = append(good, d)
		}
	}
	return good, bad
}
