package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"wshd/plugins"
	"wshd/plugins/script"
)

// check loads handlers as serving would, and prints what is wrong with them.
func (p program) check(f flags) error {
	s, err := loadSettings(f, p.environ)
	if err != nil {
		return err
	}
	if len(f.args) == 1 && isHandler(f.args[0]) {
		return p.checkOne(f.args[0])
	}
	if len(f.args) == 1 {
		s.only("check", f.args[0])
	} else if err := checkRest(s); err != nil {
		return err
	}
	routes, warnings, err := loadRoutes(s)
	if err != nil {
		return err
	}
	bad := len(s.unmapped)
	for _, err := range s.unmapped {
		fmt.Fprintln(p.stderr, err)
	}
	for _, w := range warnings {
		if w.Path != "" { // an alias of nothing
			bad++
			fmt.Fprintln(p.stderr, w.Err)
			continue
		}
		fmt.Fprintln(p.stderr, "warning:", w.Err)
	}
	for _, r := range routes {
		if r.Err != nil {
			bad++
			fmt.Fprintln(p.stderr, r.Err)
		}
	}
	switch {
	case bad > 0:
		return fmt.Errorf("%s cannot be served", count(bad, "path"))
	case len(routes) == 0:
		return withHint(fmt.Errorf("there are no handlers in %s", s.Handlers),
			"a handler is a file named NAME_wsh.go; wshd init DIR lays one")
	}
	printRoutes(p.stdout, routes)
	_, err = fmt.Fprintf(p.stdout, "%s, all load\n", count(len(routes), "path"))
	return err
}

// only has a command look at one folder, and at nothing else that is configured.
func (s *settings) only(command, dir string) {
	s.Handlers, s.Scan, s.Aliases = dir, "", nil
	s.from["handlers"] = "wshd " + command
}

// checkRest looks at the files that the configuration names.
func checkRest(s *settings) error {
	_, tlsErr := s.tlsConfigs()
	_, _, rulesErr := allRules(s, false)
	var rootErr error
	if s.DocumentRoot != "" {
		rootErr = checkFolder("document root", s.where("document_root"), s.DocumentRoot)
	}
	return errors.Join(tlsErr, rulesErr, rootErr)
}

// isHandler tells one handler from a folder of them.
func isHandler(name string) bool {
	info, err := os.Stat(name)
	return err == nil && (!info.IsDir() || strings.HasSuffix(filepath.Base(name), "_wsh"))
}

func (p program) checkOne(name string) error {
	h, err := script.Load(context.Background(), script.Config{}, filepath.Clean(name), filepath.Base(name))
	if err != nil {
		fmt.Fprintln(p.stderr, err)
		return fmt.Errorf("%s does not load", name)
	}
	_, err = fmt.Fprintf(p.stdout, "%s loads: %s\n", name, strings.Join(plugins.Hooks(h), ", "))
	return err
}

// routes prints which file answers which path.
func (p program) routes(f flags) error {
	s, err := loadSettings(f, p.environ)
	if err != nil {
		return err
	}
	if len(f.args) == 1 {
		s.only("routes", f.args[0])
	}
	routes, _, err := loadRoutes(s)
	if err != nil {
		return err
	}
	printRoutes(p.stdout, routes)
	return nil
}

// loadRoutes loads all handlers once.
func loadRoutes(s *settings) (routes []plugins.Route, warnings []plugins.Event, err error) {
	c, err := registryConfig(s)
	if err != nil {
		return nil, nil, err
	}
	c.Report = func(e plugins.Event) {
		if e.Kind == plugins.Warning {
			warnings = append(warnings, e)
		}
	}
	r, err := openRegistry(s, c)
	if err != nil {
		return nil, nil, err
	}
	err = r.Wait(context.Background())
	routes = r.Routes()
	err = errors.Join(err, r.Close()) // the last warnings come before its end
	return routes, warnings, err
}

func printRoutes(out io.Writer, routes []plugins.Route) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PATH\tFILE\tHOOKS")
	for _, r := range routes {
		file, hooks := r.Script, strings.Join(r.Hooks, ", ")
		if r.AliasOf != "" {
			file += " (as " + r.AliasOf + ")"
		}
		if r.Err != nil {
			hooks = "-"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.Path, file, hooks)
	}
	w.Flush() // errors of standard output have nowhere to go
}

// count is n things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
