package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/serve"
	"wshd/cmd/wshd/terminal"
	"wshd/plugins"
)

// routes prints which file answers which path.
func (p program) routes(f config.Flags) error {
	s, err := config.Load(f, p.environ)
	if err != nil {
		return err
	}
	if len(f.Args) == 1 {
		if err := there("routes", s, f.Args[0]); err != nil {
			return err
		}
		s.Only(f.Args[0])
	}
	routes, _, err := loadRoutes(s, terminal.Terminal{})
	if err != nil {
		return err
	}
	if f.JSON {
		return p.routesJSON(routes)
	}
	printRoutes(terminal.Terminal{Writer: p.stdout}, routes, false)
	return nil
}

// route is one path, as --json prints it.
type route struct {
	Path    string   `json:"path"`
	Script  string   `json:"script"` // relative to the handler root
	AliasOf string   `json:"alias_of,omitempty"`
	OK      bool     `json:"ok"` // it loads
	Hooks   []string `json:"hooks"`
	Doc     string   `json:"doc,omitempty"` // what the script says of itself
}

func (p program) routesJSON(routes []plugins.Route) error {
	list := []route{}
	for _, r := range routes {
		list = append(list, route{Path: r.Path, Script: r.Script, AliasOf: r.AliasOf, OK: r.Err == nil, Hooks: append([]string{}, r.Hooks...), Doc: r.Doc})
	}
	encoder := json.NewEncoder(p.stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(list)
}

// loadRoutes loads all handlers once, and tells how far it is.
func loadRoutes(s *config.Settings, watcher terminal.Terminal) (routes []plugins.Route, warnings []plugins.Event, err error) {
	c, err := serve.HandlersConfig(s)
	if err != nil {
		return nil, nil, err
	}
	done := 0
	c.Report = func(e plugins.Event) {
		if e.Kind == plugins.Warning {
			warnings = append(warnings, e)
			return
		}
		done++
		watcher.Progress("%s checked", count(done, "handler"))
	}
	r, err := serve.OpenRegistry(s, c, serve.Host{})
	if err != nil {
		return nil, nil, err
	}
	err = r.Wait(context.Background())
	routes = r.Routes()
	err = errors.Join(err, r.Close()) // the last warnings come before its end
	watcher.Progress("")
	return routes, warnings, err
}

// printRoutes prints a table of routes, if wanted with what is to say of each.
func printRoutes(out terminal.Terminal, routes []plugins.Route, judged bool) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	heading := "PATH\tSCRIPT\tHOOKS"
	if judged {
		heading += "\tVERDICT"
	}
	fmt.Fprintln(w, heading)
	for _, r := range routes {
		file, hooks := r.Script, strings.Join(r.Hooks, ", ")
		if r.AliasOf != "" {
			file += " (as " + r.AliasOf + ")"
		}
		colour := terminal.Green
		if r.Err != nil {
			hooks, colour = "-", terminal.Red
		}
		fmt.Fprintf(w, "%s\t%s\t%s", r.Path, file, hooks)
		if judged {
			fmt.Fprint(w, "\t", out.Paint(colour, verdictOf(r)))
		}
		fmt.Fprintln(w)
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
