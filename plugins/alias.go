package plugins

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"wshd/plugins/wsh/pattern"
	"wshd/plugins/wsh/regular"
	"wshd/plugins/wsh/urlpath"
)

// Alias gives the handler at Target another path.
type Alias struct {
	Path, Target string
	Where        string // where it is written, such as "map.txt:3"; "" is allowed
}

// MapErrors are the malformed lines of a map file, one message each: "map.txt:3: ...".
type MapErrors []error

// Error lists them, one per line.
func (e MapErrors) Error() string {
	var lines []string
	for _, err := range e {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns them one by one.
func (e MapErrors) Unwrap() []error { return e }

// ReadMapFile reads pywebsocket's map file: each line is an alias and the path of the handler that it
// stands for, with blanks between; lines that begin with # are comments. Malformed lines come back as
// MapErrors, with all the good ones.
func ReadMapFile(name string) ([]Alias, error) {
	text, err := regular.Read(name)
	if err != nil {
		return nil, err
	}
	return parseMap(name, string(text))
}

func parseMap(name, text string) (aliases []Alias, _ error) {
	var bad MapErrors
	number := 0
	for line := range strings.Lines(text) {
		number++
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		where := fmt.Sprintf("%s:%d", name, number)
		if why := malformed(words); why != "" {
			bad = append(bad, fmt.Errorf("%s: %s; a line is ALIAS TARGET, such as: / /echo", where, why))
			continue
		}
		aliases = append(aliases, Alias{Path: words[0], Target: words[1], Where: where})
	}
	if len(bad) > 0 {
		return aliases, bad
	}
	return aliases, nil
}

func malformed(words []string) string {
	if len(words) != 2 {
		return fmt.Sprintf("want 2 paths, got %d", len(words))
	}
	for _, w := range words {
		switch {
		case w[0] != '/':
			return fmt.Sprintf("%q does not begin with /", w)
		case strings.ContainsAny(w, "?#"):
			return fmt.Sprintf("%q is more than a path (a ? or # of a name is written %%3F or %%23, a blank %%20)", w)
		}
	}
	if strings.Contains(words[0], "{") {
		if err := pattern.Check(words[0]); err != nil {
			return err.Error()
		}
	}
	return ""
}

// idleAlias is an alias that has no effect, and why.
type idleAlias struct {
	Alias
	why string
}

// resolve adds aliases to all, from top to bottom, and returns those that have no effect. A target is an alias
// before it, or one of the handlers' own paths.
func resolve(all, own *table, aliases []Alias) (idle []idleAlias) {
	for _, a := range aliases {
		to, needs, ok := all.target(a.Target)
		if !ok {
			to, needs, ok = own.target(a.Target)
		}
		why := "there is no handler at " + a.Target
		if ok {
			why = all.addAlias(a, to, needs)
		}
		if why != "" {
			idle = append(idle, idleAlias{a, why})
		}
	}
	return idle
}

// target is where an alias of a path leads, and which wildcards of it the alias must have.
func (t *table) target(text string) (to route, needs []string, ok bool) {
	for _, path := range []string{text, nameOf(text)} {
		if to, ok = t.exact[path]; ok {
			return to.asTarget(urlpath.Escape(path), path), nil, true
		}
	}
	if to, ok = t.byPattern[text]; ok {
		return to.asTarget(text, text), pattern.Names(text), true
	}
	to, values, ok := t.find(text)
	if !ok {
		return route{}, nil, false
	}
	name, _ := url.PathUnescape(text) // it has been matched
	to = to.asTarget(text, name)
	to.values = values
	return to, nil, true
}

// asTarget is the route of an alias of this one.
func (to route) asTarget(shown, path string) route {
	served := to.served
	if to.aliasOf == "" {
		if served = []string{path}; to.pattern != "" && to.pattern != path {
			served = append(served, to.pattern)
		}
	}
	return route{slot: to.slot, aliasOf: shown, served: served, values: to.values}
}

// addAlias adds an alias, or says why not. The last of those with the same path counts.
func (t *table) addAlias(a Alias, to route, needs []string) (why string) {
	names := pattern.Names(a.Path)
	for _, n := range needs {
		if !slices.Contains(names, n) {
			return fmt.Sprintf("nothing in it is {%s} of %s", n, a.Target)
		}
	}
	to.where = a.Where
	if !strings.Contains(a.Path, "{") { // one with a slash at its end is a path of its own, as in pywebsocket
		t.exact[nameOf(a.Path)] = to
		return ""
	}
	if other, conflict := t.add(a.Path, to); conflict && other.pattern != a.Path {
		return fmt.Sprintf("alias %s is there before, and some paths match both", other.pattern)
	} else if conflict {
		to.pattern = a.Path
		t.byPattern[a.Path] = to
	}
	return ""
}
