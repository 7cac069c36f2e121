package check

import (
	"path/filepath"
	"strings"

	"wshd/plugins/wsh/regular"
)

// goVersion is the version of the language that a package is written in: today's, but for modules in
// vendor that say otherwise.
func (r *reader) goVersion(to string) string {
	if r.module.owns(to) {
		return goVersion
	}
	if r.vendor == nil {
		text, _ := regular.Read(filepath.Join(r.c.vendor(), "modules.txt")) // without it they are of today
		r.vendor = vendored(string(text))
	}
	if v := r.vendor[to]; v != "" {
		return v
	}
	return goVersion
}

// vendored is the module of a package in vendor: the first elements of its path, as far as modules.txt or
// what is usual tells; "": it is of the root.
func (r *reader) vendored(from string) string {
	if from == "" || r.module.owns(from) || !isFolder(filepath.Join(r.c.vendor(), filepath.FromSlash(from))) {
		return ""
	}
	text, _ := regular.Read(filepath.Join(r.c.vendor(), "modules.txt"))
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "#" && (from == words[1] || strings.HasPrefix(from, words[1]+"/")) {
			return words[1]
		}
	}
	return from
}

// vendored reads vendor/modules.txt: the language version of each package.
func vendored(text string) map[string]string {
	versions, now := map[string]string{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "# "):
			now = "go1.16" // of modules that do not say
		case strings.HasPrefix(line, "## "):
			if _, v, ok := strings.Cut(line, "go "); ok {
				now = "go" + v
			}
		case line != "":
			versions[line] = now
		}
	}
	return versions
}

// vendor is where modules of others lie.
func (c Config) vendor() string { return filepath.Join(c.Root, "vendor") }
