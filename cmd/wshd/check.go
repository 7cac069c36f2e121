package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/serve"
	"wshd/cmd/wshd/terminal"
	"wshd/plugins"
	"wshd/plugins/nearest"
	"wshd/plugins/script"
	"wshd/plugins/wsh/pattern"
	"wshd/plugins/wsh/urlpath"
	"wshd/scripts"
)

// check loads handlers as serving would, and prints what is wrong with them.
func (p program) check(f config.Flags) error {
	s, err := config.Load(f, p.environ)
	if err != nil {
		return p.unfit(f, err)
	}
	var what findings
	switch {
	case len(f.Args) == 0:
		what.config = append(what.config, s.Unmapped...)
		if err := serve.CheckFiles(s); err != nil {
			what.config = append(what.config, hint.Lines(err)...)
		}
		err = p.loadAll(s, &what)
		what.warnings = append(what.warnings, pathsOfNothing(s, what.routes)...)
		what.warnings = append(what.warnings, pathsOfAliases(s, what.routes)...)
	case isFile(f.Args[0]) && !isHandler(f.Args[0]):
		if filepath.Ext(f.Args[0]) != ".go" {
			return hint.With(fmt.Errorf("%s is no handler: its name does not end in _wsh.go", f.Args[0]),
				"wshd check DIR checks the handlers of a folder with all that they import")
		}
		s.Only(rootOf(s, f.Args[0])) // all handlers may import it
		err = p.loadAll(s, &what)
	case isHandler(f.Args[0]):
		what.routes = append(what.routes, loadOne(s, f.Args[0]))
	default:
		if err = there("check", s, f.Args[0]); err == nil {
			s.Only(f.Args[0])
			err = p.loadAll(s, &what)
		}
	}
	if err != nil {
		return p.unfit(f, errors.Join(append(what.config, err)...))
	}
	what.advise(s, f.Args)
	for _, w := range s.Warnings {
		what.warnings = append(what.warnings, w.What+": "+w.Reason)
	}
	if f.JSON {
		return p.printVerdicts(judge(what))
	}
	return p.tell(what)
}

// findings is what there is to say about a configuration and its handlers.
type findings struct {
	config   []error
	warnings []string
	routes   []plugins.Route
}

// loadAll loads all handlers, of which there should be some.
func (p program) loadAll(s *config.Settings, what *findings) error {
	routes, events, err := loadRoutes(s, terminal.Of(p.stderr, p.environ))
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.Path == "" && !e.Unserved {
			what.warnings = append(what.warnings, e.Err.Error())
			continue
		}
		what.config = append(what.config, e.Err) // an alias of nothing, or a handler that is passed over
	}
	if what.routes = routes; len(routes) == 0 {
		return hint.With(fmt.Errorf("there are no handlers in %s", s.Handlers),
			"a handler is a file named NAME_wsh.go; wshd init DIR lays one")
	}
	return nil
}

// advise adds what may not be wanted in the scripts that load.
func (what *findings) advise(s *config.Settings, args []string) {
	done := map[string]bool{}
	for _, r := range what.routes {
		file := filepath.Join(s.Handlers, filepath.FromSlash(r.Script))
		if len(args) > 0 && isHandler(args[0]) {
			file = args[0]
		}
		if r.Err != nil || done[file] {
			continue
		}
		done[file] = true
		list, err := script.Advise(file)
		if err != nil {
			continue // it has been saved since, and is another
		}
		for _, a := range list {
			what.warnings = append(what.warnings, a.String())
		}
	}
}

// unfit says that there is nothing to check handlers with.
func (p program) unfit(f config.Flags, err error) error {
	if !f.JSON {
		return err
	}
	return p.printVerdicts(judge(findings{config: []error{err}}))
}

func (p program) printVerdicts(v verdicts) error {
	if err := v.print(p.stdout); err != nil {
		return err
	}
	if !v.OK {
		return hint.Exit(1)
	}
	return nil
}

// tell prints what is wrong on standard error, and the table of handlers on standard output.
func (p program) tell(what findings) error {
	out := terminal.Of(p.stderr, p.environ)
	for _, err := range what.config {
		fmt.Fprintln(out, out.Paint(terminal.Bold, err.Error()))
	}
	for _, w := range what.warnings {
		fmt.Fprintln(out, "warning:", w)
	}
	bad := 0
	lines, said := hint.Excerpts{}, map[string]bool{}
	for _, r := range what.routes {
		if r.Err == nil {
			continue
		}
		bad++
		var list script.Errors
		if !errors.As(r.Err, &list) {
			fmt.Fprintln(out, out.Paint(terminal.Bold, r.Err.Error()))
		}
		for _, e := range list {
			if text := e.Error(); !said[text] { // handlers that import the same have the same to say
				said[text] = true
				fmt.Fprintln(out, out.Paint(terminal.Bold, text))
				line, caret := lines.Of(e.Pos)
				for _, l := range []string{line, out.Paint(terminal.Red, caret)} {
					if l != "" {
						fmt.Fprintln(out, l)
					}
				}
			}
		}
	}
	printRoutes(terminal.Of(p.stdout, p.environ), what.routes, true)
	switch {
	case bad > 0:
		return fmt.Errorf("%s cannot be served", count(bad, "path"))
	case len(what.config) > 0:
		return hint.Exit(1)
	}
	_, err := fmt.Fprintf(p.stdout, "%s, all load\n", count(len(what.routes), "path"))
	return err
}

// there explains a file or folder that a command was given and that is not there.
func there(command string, s *config.Settings, name string) error {
	_, err := os.Stat(name)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %s: %w%s", command, name, hint.Cause(err), isThere(name))
	if under := filepath.Join(s.Handlers, name); exists(under) {
		return hint.With(err, "wshd "+command+" "+under)
	}
	return err
}

// isThere names what somebody meant by the name of what is not there; "": nothing like it is.
func isThere(name string) string {
	stem := strings.TrimSuffix(strings.TrimSuffix(name, ".go"), "_wsh")
	for _, other := range []string{name + ".go", stem + "_wsh.go", stem + "_wsh", name + "_wsh.go", strings.TrimSuffix(name, ".go")} {
		if other != name && exists(other) {
			return fmt.Sprintf(" (%s is there)", other)
		}
	}
	entries, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		return ""
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() || strings.HasSuffix(e.Name(), "_wsh.go") {
			names = append(names, e.Name())
		}
	}
	meant := nearest.To(filepath.Base(name), names)
	if meant == "" {
		return ""
	}
	return fmt.Sprintf(" (%s is there)", filepath.Join(filepath.Dir(name), meant))
}

// isHandler tells one handler from a folder of them.
func isHandler(name string) bool {
	_, err := os.Stat(name)
	return err == nil && strings.HasSuffix(strings.TrimSuffix(filepath.Base(name), ".go"), "_wsh")
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// loadOne loads one handler.
func loadOne(s *config.Settings, name string) plugins.Route {
	name = filepath.Clean(name)
	root := rootOf(s, name)
	rel, err := filepath.Rel(root, name)
	if err != nil {
		rel = filepath.Base(name)
	}
	r := plugins.Route{Script: filepath.ToSlash(rel)}
	r.Path = urlpath.Escape("/" + strings.TrimSuffix(strings.TrimSuffix(r.Script, ".go"), "_wsh"))
	paths, err := plugins.PathsOf(name)
	if len(paths) > 0 {
		r.Path = strings.Join(paths, " ")
	}
	if r.Err = err; err != nil {
		return r
	}
	c := serve.ScriptConfig(s)
	c.Root, c.OutsideLinks = root, s.AllowOutsideLinks
	h, err := script.Load(context.Background(), c, name, r.Script)
	if r.Err = err; err == nil {
		r.Version, r.Hooks = 1, plugins.Hooks(h)
	}
	return r
}

// rootOf is the handler root that a handler belongs to: the configured one if it lies there, else the
// nearest folder above with a go.mod, else the folder that it is in.
func rootOf(s *config.Settings, name string) string {
	full, err := filepath.Abs(name)
	if err != nil {
		return filepath.Dir(name)
	}
	if root, err := filepath.Abs(s.Handlers); err == nil && strings.HasPrefix(full, root+string(filepath.Separator)) {
		return s.Handlers
	}
	up := filepath.Dir(name)
	for dir := filepath.Dir(full); ; dir, up = filepath.Dir(dir), filepath.Join(up, "..") {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return up
		}
		if dir == filepath.Dir(dir) {
			return filepath.Dir(name)
		}
	}
}

// pathsOfNothing warns of patterns that cover neither a handler nor a file: a guard that stands there
// guards nothing.
func pathsOfNothing(s *config.Settings, routes []plugins.Route) (warnings []string) {
	var files fs.FS = scripts.Pages
	if s.DocumentRoot != "" {
		files = os.DirFS(s.DocumentRoot)
	}
	var known []string
	var patterns pattern.Set
	for _, r := range routes {
		name, _ := url.PathUnescape(r.Path) // patterns are not escaped
		known = append(known, name)
		if _, ok := pattern.Exact(r.Path); !ok {
			patterns.Add(r.Path)
		}
	}
	for _, r := range s.Paths {
		folder := strings.HasSuffix(r.Pattern, "/")
		covers := func(path string) bool {
			return pattern.Shape(path) == pattern.Shape(r.Pattern) || folder && strings.HasPrefix(path, r.Pattern)
		}
		_, err := fs.Stat(files, cmp.Or(strings.Trim(r.Pattern, "/"), "."))
		_, _, matched := patterns.Match(urlpath.Escape(r.Pattern))
		if err != nil && !matched && !slices.ContainsFunc(known, covers) {
			warnings = append(warnings, s.Where("paths")+": there is nothing at "+r.Pattern+hint.DidYouMean(nearest.To(r.Pattern, known)))
		}
	}
	return warnings
}

// pathsOfAliases warns of handlers for which other rules are said by one path than by another: both hold.
func pathsOfAliases(s *config.Settings, routes []plugins.Route) (warnings []string) {
	for _, r := range routes {
		if r.AliasOf == "" {
			continue
		}
		alias, err1 := url.PathUnescape(r.Path)
		target, err2 := url.PathUnescape(r.AliasOf)
		if err1 != nil || err2 != nil {
			continue
		}
		ours, theirs := s.PatternOf(alias), s.PatternOf(target)
		if ours == theirs {
			continue
		}
		warnings = append(warnings, fmt.Sprintf("%s: %s is %s: what is said for %s holds for it as well as what is said for %s",
			s.Where("paths"), r.Path, r.AliasOf, cmp.Or(theirs, "all"), cmp.Or(ours, "all")))
	}
	return warnings
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
