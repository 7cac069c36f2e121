package config

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"wshd/plugins/wsh/pattern"
	"wshd/plugins/wsh/urlpath"
)

// Paths say what is otherwise for some paths than for the rest.
type Paths []PathRule

// PathRule is what is said for one path, or a folder of them.
type PathRule struct {
	Pattern string            // /chat, or /rooms/ for all in it
	config  *Config           // of which only the keys in from count
	from    map[string]string // key to file:line; "" if it stands in no file
}

// pathKeys lists the keys that can be set for some paths: the fields tagged paths.
func pathKeys(c *Config) []Key {
	return slices.DeleteFunc(Keys(c), func(k Key) bool { return k.tag.Get("paths") == "" })
}

// wholeGroups are set for a path as a whole or not at all: their keys are alternatives, and one that
// was inherited would let in whom nobody thought of.
var wholeGroups = []string{"auth"}

func (f *configFile) paths(p *Paths, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return errors.New(`is no map (write {/chat: {origins: "*"}})`)
	}
	*p = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		at, value := resolve(n.Content[i]), n.Content[i+1]
		if slices.ContainsFunc(*p, func(r PathRule) bool { return pattern.Shape(r.Pattern) == pattern.Shape(at.Value) }) {
			f.add(at, "paths: %q stands there twice", at.Value)
			continue
		}
		if err := checkPattern(at.Value); err != nil {
			f.add(at, "paths: %w", err)
			continue
		}
		r := PathRule{Pattern: at.Value, config: new(Config), from: map[string]string{}}
		in := &configFile{name: f.name, within: "paths: " + at.Value, keys: pathKeys(r.config), from: r.from}
		in.mapping(value, "")
		f.errors = append(f.errors, in.errors...)
		*p = append(*p, r)
	}
	return nil
}

var percentEscape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// checkPattern wants a path as it looks once decoded and cleaned: another would never be met.
func checkPattern(text string) error {
	clean := path.Clean("/" + text)
	if strings.HasSuffix(text, "/") && clean != "/" {
		clean += "/"
	}
	folder := strings.TrimRight(clean, "*")
	switch {
	case !strings.HasPrefix(text, "/"):
		return fmt.Errorf("%q does not begin with / (write /chat, or /rooms/ for all in it)", text)
	case folder != clean && strings.HasSuffix(folder, "/"):
		return fmt.Errorf("%q: a * stands for nothing here (write %s for all in it)", text, folder)
	case strings.Contains(text, "*"):
		return fmt.Errorf("%q: a * stands for nothing here (write /chat, or /rooms/ for all in it)", text)
	case strings.ContainsAny(text, "?#"):
		return fmt.Errorf("%q is no path: what follows a ? or # is not part of it", text)
	case percentEscape.MatchString(text):
		return fmt.Errorf("%q holds an escape (write the character itself)", text)
	case clean != text:
		return fmt.Errorf("%q is no clean path (write %s)", text, clean)
	case strings.Contains(text, "{"):
		return pattern.Check(strings.ReplaceAll(text, " ", "%20"))
	}
	return nil
}

// set reads paths as a flag or a variable has them: as in the file, in one line.
func (p *Paths) set(s string) error { return fromOneLine(p, s, (*configFile).paths) }

// fromOneLine sets what the file has as a mapping from a flag or a variable, which holds the same in one line.
func fromOneLine[T any](to *T, s string, read func(*configFile, *T, *yaml.Node) error) error {
	var document yaml.Node
	f := &configFile{}
	if err := yaml.Unmarshal([]byte(s), &document); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if len(document.Content) == 0 {
		*to = *new(T)
		return nil
	}
	if err := read(f, to, resolve(document.Content[0])); err != nil {
		return fmt.Errorf("%q %w", s, err)
	}
	return errors.Join(f.errors...)
}

// ForPaths gives the settings of each path that has some of its own. What it does not set is as for
// the nearest folder around it, and at last as in s.
func (s *Settings) ForPaths() map[string]*Settings {
	rules := slices.Clone(s.Paths)
	slices.SortFunc(rules, func(a, b PathRule) int { return len(a.Pattern) - len(b.Pattern) })
	all := map[string]*Settings{}
	for _, r := range rules {
		all[r.Pattern] = s.around(r.Pattern, all).with(r, s.from["paths"])
	}
	return all
}

// PatternOf is the pattern of paths that holds for a path; "": none does.
func (s *Settings) PatternOf(name string) string {
	has := func(pattern string) bool {
		return slices.ContainsFunc(s.Paths, func(r PathRule) bool { return r.Pattern == pattern })
	}
	var patterns pattern.Set
	for _, r := range s.Paths {
		if strings.Contains(r.Pattern, "{") {
			patterns.Add(r.Pattern)
		}
	}
	if name = path.Clean("/" + name); has(name) {
		return name
	}
	if text, _, ok := patterns.Match(urlpath.Escape(name)); ok {
		return text
	}
	for ; name != "/"; name = path.Dir(name) {
		if has(name + "/") {
			return name + "/"
		}
	}
	if has("/") {
		return "/"
	}
	return ""
}

// around finds the settings of the nearest folder around a pattern.
func (s *Settings) around(pattern string, all map[string]*Settings) *Settings {
	// /a is in the folder /a/ too.
	for folder := strings.TrimSuffix(pattern, "/"); folder != ""; folder = strings.TrimSuffix(path.Dir(folder), "/") {
		if outer := all[folder+"/"]; outer != nil {
			return outer
		}
	}
	if outer := all["/"]; outer != nil {
		return outer
	}
	return s
}

// with is s but for what r sets.
func (s *Settings) with(r PathRule, source string) *Settings {
	own := &Settings{Config: s.Config, from: maps.Clone(s.from), Credential: s.Credential, Group: s.Group,
		Within: map[string]string{}}
	maps.Copy(own.Within, s.Within)
	if r.sets("limits.connections") || r.sets("limits.per_client") {
		own.Group = r.Pattern
	}
	defaults := Defaults()
	plain, values, to := Keys(&defaults), Keys(r.config), Keys(&own.Config)
	for i, k := range to {
		group, _, _ := strings.Cut(k.Name, ".")
		if slices.Contains(wholeGroups, group) && r.sets(group) {
			assign(k, plain[i])
			delete(own.from, k.Name)
			delete(own.Within, k.Name)
			own.Credential = ""
		}
		at, set := r.from[k.Name]
		if !set {
			continue
		}
		assign(k, values[i])
		own.Within[k.Name] = r.Pattern
		own.from[k.Name] = at + ": paths: " + r.Pattern
		if at == "" {
			own.from[k.Name] = source + ": " + r.Pattern + ": " + k.Name
		}
	}
	return own
}

// sets reports whether a key of the group is set.
func (r PathRule) sets(group string) bool {
	return underAny(slices.Collect(maps.Keys(r.from)), []string{group})
}

func assign(to, from Key) {
	reflect.ValueOf(to.value).Elem().Set(reflect.ValueOf(from.value).Elem())
}

func namesOf(keys []Key) (names []string) {
	for _, k := range keys {
		names = append(names, k.Name)
	}
	return names
}
