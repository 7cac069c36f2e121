package host

import (
	"net/http"
	"path"
	"strings"

	"wshd/host/door"
	"wshd/host/limit"
	"wshd/host/stream"
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

// rulesAt finds the rules of a clean path in Paths: those of the very path; else those of the nearest
// folder that it is in, which a pattern with a slash at its end names; else the general ones. A folder's
// own path, with its slash or without, is in it.
func (c *Config) rulesAt(name string) *Rules {
	nearest := &c.Rules
	at := c.tree
	for rest := strings.TrimPrefix(name, "/"); at != nil; {
		if at.within != nil {
			nearest = at.within
		}
		if rest == "" {
			if at.exact != nil {
				nearest = at.exact
			}
			break
		}
		var element string
		element, rest, _ = strings.Cut(rest, "/")
		at = at.below[element]
	}
	return nearest
}

// pathTree is Paths by the elements of its patterns, so that a request's path is walked once, and no
// deeper than the patterns are.
type pathTree struct {
	exact, within *Rules // of the path itself; of the folder and all in it; nil: none
	below         map[string]*pathTree
}

// treeOf grows the tree of patterns; nil if there are none.
func treeOf(paths map[string]*Rules) *pathTree {
	if len(paths) == 0 {
		return nil
	}
	root := new(pathTree)
	for pattern, rules := range paths {
		at := root
		name, folder := strings.CutSuffix(strings.TrimPrefix(pattern, "/"), "/")
		if name == "" { // the pattern / is the folder of all
			root.within = rules
			continue
		}
		for element := range strings.SplitSeq(name, "/") {
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
