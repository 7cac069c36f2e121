package plugins

import (
	"fmt"
	"strings"

	"wshd/plugins/wsh/regular"
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
	return ""
}

// resolve adds aliases to the routes, from top to bottom, and returns those that lead nowhere.
func resolve(routes map[string]route, aliases []Alias) (missing []Alias) {
	for _, a := range aliases {
		to, ok := find(routes, a.Target)
		if !ok {
			missing = append(missing, a)
			continue
		}
		target := a.Target
		if _, ok := routes[target]; !ok {
			target = nameOf(target)
		}
		routes[nameOf(a.Path)] = route{to.slot, target}
	}
	return missing
}
