package host

import (
	"net/http"
	"path"
	"strings"

	"wshd/host/door"
	"wshd/host/limit"
	"wshd/host/stream"
	"wshd/plugins/wsh/pattern"
)

// Rules are what holds for a request by its path.
type Rules struct {
	Door   door.Rules    // who may come in
	Stream stream.Config // what bounds one connection

	// Bounds are how many connections there may be. In Config they count all, plain ones too, from when they
	// are accepted; at the bound the one that has waited longest for another request is evicted. Of those that
	// are no WebSockets one client may have half of Connections, or 32. In Paths they also count the WebSockets
	// of the group that it names.
	Bounds limit.Bounds

	// Within names, for a key of the configuration that Paths sets here, its pattern, for the log line of a
	// refusal.
	Within map[string]string
}

// withPlace adds to a refusal the place of the key that refuses.
func (r *Rules) withPlace(no *door.Refusal) *door.Refusal {
	if pattern := r.Within[no.Key]; pattern != "" {
		no.Hint = "in paths, for " + pattern + ": " + no.Hint
	}
	return no
}

// rulesFor finds the rules of a request.
//
// It is the decoded and cleaned path that counts, for that is what files and CGI programs are found
// by: nobody gets around a rule by spelling /admin as //admin or /%61dmin.
func (c *Config) rulesFor(q *http.Request) *Rules {
	return c.rulesAt(path.Clean("/" + q.URL.Path))
}

// rulesAt finds the rules of a clean path in Paths: those of the very path, or of a pattern that it matches;
// else those of the nearest folder that it is in, which a slash at the end names, or a {path...}; else the
// general ones. What is written out goes before a wildcard. A folder's own path, with its slash or without, is
// in it.
func (c *Config) rulesAt(name string) *Rules {
	if c.tree == nil {
		return &c.Rules
	}
	folder := nearest{rules: &c.Rules, depth: -1}
	if rules := c.tree.find(pattern.Shape(strings.TrimPrefix(name, "/")), 0, &folder); rules != nil {
		return rules
	}
	return folder.rules
}

// pathTree is Paths by the elements of its patterns, so that a request's path is walked no deeper than they
// are, and each of them is met once.
type pathTree struct {
	exact, within *Rules // of the path itself; of the folder and all in it; nil: none
	below         map[string]*pathTree
}

// nearest is the deepest folder that a path was found to be in.
type nearest struct {
	rules *Rules
	depth int
}

// The wildcards as elements of a pattern's shape.
const (
	anyElement  = "{}"
	anyElements = "{...}"
)

// find finds the rules of the very path that rest leads to, and notes the folders on the way.
func (t *pathTree) find(rest string, depth int, folder *nearest) *Rules {
	within := t.within
	if all := t.below[anyElements]; all != nil {
		within = all.exact
	}
	if within != nil && depth > folder.depth {
		*folder = nearest{within, depth}
	}
	if rest == "" {
		return t.exact
	}
	element, rest, _ := strings.Cut(rest, "/")
	for _, key := range []string{element, anyElement} {
		next := t.below[key]
		if next == nil {
			continue
		}
		if rules := next.find(rest, depth+1, folder); rules != nil {
			return rules
		}
	}
	return nil
}

// treeOf grows the tree of patterns; nil if there are none.
func treeOf(paths map[string]*Rules) *pathTree {
	if len(paths) == 0 {
		return nil
	}
	root := new(pathTree)
	for of, rules := range paths {
		at := root
		name, folder := strings.CutSuffix(strings.TrimPrefix(of, "/"), "/")
		if name == "" { // the pattern / is the folder of all
			root.within = rules
			continue
		}
		for element := range strings.SplitSeq(pattern.Shape(name), "/") {
			next := at.below[element]
			if next == nil {
				if at.below == nil {
					at.below = map[string]*pathTree{}
				}
				next = new(pathTree)
				at.below[element] = next
			}
			at = next
		}
		if folder {
			at.within = rules
		} else {
			at.exact = rules
		}
	}
	return root
}
