package serve

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/plugins"
	"wshd/plugins/compiled"
	"wshd/plugins/wsh"
)

// Compiler makes programs of handlers, as the settings say; nil: none is to be made.
func Compiler(s *config.Settings, goos, goarch string) *compiled.Builder {
	if slices.Equal(s.Scripts.Compile, []string{"never"}) {
		return nil
	}
	return compiled.New(compiled.Config{Root: s.Handlers, Cache: s.Scripts.Cache, Cgo: s.Scripts.Cgo, GOOS: goos, GOARCH: goarch})
}

// Host is what handlers with processes of their own need of the one that runs them. The zero value does to
// look at them.
type Host struct {
	Log   *slog.Logger
	Rooms wsh.Rooms
	Died  func(script string, err error) // told when a process has died
}

// choice is how handlers are run, as the settings say.
func (h Host) choice(s *config.Settings, c plugins.Config) compiled.Choice {
	c.Script.Root, c.Script.OutsideLinks = c.Root, c.AllowOutsideLinks
	return compiled.Choice{When: s.Scripts.Compile, Script: c.Script, Process: compiled.Process{
		Memory: int64(s.Scripts.Memory), Env: s.Scripts.Env, WriteBuffer: int(s.Limits.WriteBuffer), Log: h.Log, Rooms: h.Rooms,
		Output: c.Script.Output, Failed: h.Died,
	}}
}

// withCompiler has handlers compiled that are to be.
func (h Host) withCompiler(s *config.Settings, c plugins.Config) plugins.Config {
	if b := Compiler(s, "", ""); b != nil {
		c.Load, c.LoadTimeout = b.Chooser(h.choice(s, c)), compiled.LoadTime
	}
	return c
}

// compileWait is how long a request waits for a handler that is being compiled for the first time.
const compileWait = 20 * time.Second

// lookup is the registry's, but that nobody waits for a compiler longer than that.
func lookup(r *plugins.Registry) func(ctx context.Context, path string) *wsh.Handler {
	return func(ctx context.Context, path string) *wsh.Handler {
		short, cancel := context.WithTimeout(ctx, compileWait)
		defer cancel()
		h := r.Lookup(short, path)
		if h == nil && short.Err() != nil && ctx.Err() == nil && r.Loading(path) {
			return stillLoading
		}
		return h
	}
}

// stillLoading answers for a handler that is being loaded.
var stillLoading = &wsh.Handler{
	DoExtraHandshake: func(*wsh.Request) error {
		return &wsh.HandshakeError{Status: http.StatusServiceUnavailable, Reason: "the handler is being loaded", Header: http.Header{"Retry-After": {"5"}}}
	},
	TransferData: func(*wsh.Request) error { return wsh.ErrAborted },
	ServeHTTP: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "5")
		http.Error(w, "the handler is being loaded", http.StatusServiceUnavailable)
	},
}
