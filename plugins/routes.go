package plugins

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"wshd/plugins/wsh/urlpath"
)

// Route is one path, or pattern, and what answers it.
type Route struct {
	Path     string   // as it stands in an address, or a pattern
	Script   string   // the file or folder, relative to the root
	Version  int      // the one that serves; 0: none
	Hooks    []string // of that version
	Doc      string   // the comment above its package clause
	Compiled string   // why it is compiled; "": it is interpreted
	AliasOf  string   // the path that an alias leads to; "": the script's own
	Err      error    // why the script as it now stands does not serve
}

// Routes lists all paths, in order: those too whose script does not load, or not yet.
func (r *Registry) Routes() []Route {
	var routes []Route
	for path, to := range r.table.Load().all() {
		routes = append(routes, to.shownAt(path))
	}
	slices.SortFunc(routes, func(a, b Route) int { return strings.Compare(a.Path, b.Path) })
	return routes
}

// RouteOf is the route by which a path is served, as it stands in a request.
func (r *Registry) RouteOf(path string) (route Route, ok bool) {
	to, _, ok := r.table.Load().find(path)
	if !ok {
		return Route{}, false
	}
	if to.pattern != "" {
		return to.shownAt(to.pattern), true
	}
	return to.shownAt(urlpath.Escape(nameOf(path))), true
}

// all are the routes by the paths that are shown.
func (t *table) all() map[string]route {
	all := maps.Clone(t.byPattern)
	for path, to := range t.exact {
		all[urlpath.Escape(path)] = to
	}
	return all
}

// shownAt is what is shown of a route.
func (to route) shownAt(path string) Route {
	s := to.state.Load()
	route := Route{Path: path, Script: s.script, Doc: s.doc, AliasOf: to.aliasOf, Err: s.err}
	if s.err != nil && to.aliasOf != "" {
		route.Err = fmt.Errorf("%s is an alias of %s: %s does not load", route.Path, route.AliasOf, s.script)
	}
	if s.handler != nil {
		route.Version, route.Hooks, route.Compiled = s.handler.Version, Hooks(s.handler), s.handler.Compiled
	}
	return route
}
