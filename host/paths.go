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

	// Bounds are how many connections there may be: in all, in Config; and besides that, in Paths,
	// in the group that it names.
	Bounds limit.Bounds

	// Within says, for a key of the configuration that Paths sets here, by which pattern: for who reads
	// in the log why somebody was refused.
	Within map[string]string
}

// placed is no with the place of the key that refuses.
func (r *Rules) placed(no *door.Refusal) *door.Refusal {
	if pattern := r.Within[no.Key]; pattern != "" {
		no.Hint = "in paths, for " + pattern + ": " + no.Hint
	}
	return no
}

// rulesFor finds the rules of a request in Paths: those of the very path; else those of the nearest
// folder that it is in, which a pattern with a slash at its end names; else the general ones. A
// folder's own path, with its slash or without, is in it.
//
// It is the decoded and cleaned path that counts, for that is what files and CGI programs are found
// by: nobody gets around a rule by spelling /admin as //admin or /%61dmin.
func (c *Config) rulesFor(q *http.Request) *Rules {
	if len(c.Paths) == 0 {
		return &c.Rules
	}
	name := path.Clean("/" + q.URL.Path)
	if rules := c.Paths[name]; rules != nil {
		return rules
	}
	for {
		folder := strings.TrimSuffix(name, "/") + "/"
		if rules := c.Paths[folder]; rules != nil {
			return rules
		}
		if name == "/" {
			return &c.Rules
		}
		name = path.Dir(name)
	}
}
