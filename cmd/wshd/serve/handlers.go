package serve

import (
	"encoding/json"
	"errors"
	"go/doc"
	"os"

	"wshd/cmd/wshd/hint"
	"wshd/plugins"
	"wshd/plugins/script"
)

// served is what handlers.json tells the pages.
type served struct {
	Root     string          `json:"root"`
	Program  string          `json:"program"` // what to type to run wshd
	Handlers []servedHandler `json:"handlers"`
}

type servedHandler struct {
	Path     string       `json:"path"`
	Script   string       `json:"script"`
	AliasOf  string       `json:"aliasOf,omitempty"`
	Synopsis string       `json:"synopsis,omitempty"` // of its doc comment the first sentence
	Doc      string       `json:"doc,omitempty"`
	Hooks    []string     `json:"hooks,omitempty"`
	Version  int          `json:"version"` // that answers; 0: none
	Error    *servedError `json:"error,omitempty"`
}

// servedError is why a script as it now stands does not load: its first error.
type servedError struct {
	Text  string `json:"text"`
	Line  string `json:"line,omitempty"`
	Caret string `json:"caret,omitempty"`
}

// handlersJSON lists the handlers of a root.
func handlersJSON(root string, routes []plugins.Route) ([]byte, error) {
	list := served{Root: root, Program: hint.Typed(os.Args[0]), Handlers: []servedHandler{}}
	lines := hint.Excerpts{}
	for _, r := range routes {
		h := servedHandler{Path: r.Path, Script: r.Script, AliasOf: r.AliasOf, Doc: r.Doc,
			Synopsis: new(doc.Package).Synopsis(r.Doc), Hooks: r.Hooks, Version: r.Version}
		var all script.Errors
		switch {
		case errors.As(r.Err, &all) && len(all) > 0:
			line, caret := lines.Of(all[0].Pos)
			h.Error = &servedError{all[0].Error(), line, caret}
		case r.Err != nil:
			h.Error = &servedError{Text: r.Err.Error()}
		}
		list.Handlers = append(list.Handlers, h)
	}
	return json.Marshal(list)
}
