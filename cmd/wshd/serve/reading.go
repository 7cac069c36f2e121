package serve

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/logs"
	"wshd/host"
	"wshd/host/admin"
	"wshd/host/documents"
	"wshd/plugins"
	"wshd/plugins/script"
)

// reading is what the settings, and the files that they name, say at one time. Reading may take as long
// as a file system likes, so it is done beside all else, and changes nothing.
type reading struct {
	err       error // what is wrong; then the rest may be missing
	settings  *config.Settings
	output    *logs.Output // for the log; nil: it could not be opened
	tail      *admin.Tail
	handlers  plugins.Config
	tls       []*tls.Config // for each address
	rules     *host.Rules
	paths     map[string]*host.Rules
	documents *documents.Root // nil: the built-in pages

	// The handlers, at a reload for which they are loaded anew.
	registry *plugins.Registry
	failures *failures
}

// read reads all of it.
func (h *hosting) read() *reading {
	r := &reading{tail: h.tail}
	r.err = h.readInto(r)
	return r
}

func (h *hosting) readInto(r *reading) (err error) {
	if r.settings, err = config.Load(h.Flags, h.Environ); err != nil {
		return err
	}
	s := r.settings
	if h.settings == nil && s.Admin.Listen != "" {
		r.tail = new(admin.Tail)
	}
	if r.output, err = logs.Open(h.logConfig(s, r.tail)); err != nil {
		return fmt.Errorf("%s: %w", s.Where("log.file"), err)
	}
	if r.handlers, err = HandlersConfig(s); err != nil {
		return err
	}
	if r.tls, err = s.TLSConfigs(); err != nil {
		return err
	}
	if r.rules, r.paths, err = allRules(s); err != nil {
		return err
	}
	r.documents, err = documentsOf(s)
	return err
}

func checkDocumentRoot(s *config.Settings) error {
	if s.DocumentRoot == "" {
		return nil
	}
	return checkFolder("document root", s.Where("document_root"), s.DocumentRoot)
}

// logConfig is what the settings mean to the log.
func (h *hosting) logConfig(s *config.Settings, tail *admin.Tail) logs.Config {
	c := logs.Config{Level: s.Log.Level, Format: s.Log.Format, File: s.Log.File, MaxSize: int64(s.Log.MaxSize),
		Backups: s.Log.Backups, Stderr: h.Stderr, Greeted: h.greeted, Excerpts: excerptsOf}
	if h.terminal.Person {
		c.Terminal = &h.terminal
	}
	if tail != nil { // else it would be a writer that is not there
		c.Tail = tail
	}
	return c
}

// excerptsOf is an error with the lines of the scripts that it is about.
func excerptsOf(err error) (text []string) {
	lines := hint.Excerpts{}
	var all script.Errors
	if errors.As(err, &all) {
		for _, e := range all {
			line, caret := lines.Of(e.Pos)
			text = append(text, e.Error(), line, caret)
		}
	} else {
		text = strings.Split(err.Error(), "\n")
		if at, ok := positionOf(err); ok {
			line, caret := lines.Of(at)
			text = append(text, line, caret)
		}
	}
	return slices.DeleteFunc(text, func(s string) bool { return s == "" })
}
