package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/host"
	"wshd/plugins"
	"wshd/plugins/compiled"
	"wshd/plugins/wsh"
)

// Compiler makes programs of handlers, as the settings say; nil: none is to be made.
func Compiler(s *config.Settings, goos, goarch string) *compiled.Builder {
	if slices.Equal(s.Scripts.Compile, []string{"never"}) {
		return nil
	}
	return builder(s, goos, goarch)
}

func builder(s *config.Settings, goos, goarch string) *compiled.Builder {
	return compiled.New(compiled.Config{Root: s.Handlers, Cache: s.Scripts.Cache, Cgo: s.Scripts.Cgo, GOOS: goos, GOARCH: goarch})
}

// Host is what handlers with processes of their own need of the one that runs them. The zero value does to
// look at them.
type Host struct {
	Log   *slog.Logger
	Rooms wsh.Rooms
	User  *compiled.User                 // whose the processes are; nil: this one's
	Died  func(script string, err error) // told when a process has died
}

// userOf is whose the processes of handlers are to be; nil: wshd's.
func userOf(s *config.Settings) (*compiled.User, error) {
	name := s.Scripts.User
	if name == "" {
		return nil, nil
	}
	bad := func(format string, args ...any) error {
		return fmt.Errorf(s.Where("scripts.user")+": "+format, args...)
	}
	if os.Geteuid() != 0 {
		return nil, bad("only root may choose whose a process is, and wshd is not: leave it empty, and run wshd as %s", name)
	}
	id, group, both := strings.Cut(name, ":")
	if !both {
		if u, err := user.Lookup(name); err == nil {
			id, group = u.Uid, u.Gid
		} else if group = id; strings.Trim(id, "0123456789") != "" {
			return nil, bad("%w (write a name, or numbers such as 1000:1000)", err)
		}
	}
	uid, err1 := strconv.ParseUint(id, 10, 32)
	gid, err2 := strconv.ParseUint(group, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return nil, bad("%q is neither a name nor numbers such as 1000:1000", name)
	}
	return &compiled.User{ID: uint32(uid), Group: uint32(gid)}, nil
}

// choice is how handlers are run, as the settings say.
func (h Host) choice(s *config.Settings, c plugins.Config) compiled.Choice {
	c.Script.Root, c.Script.OutsideLinks = c.Root, c.AllowOutsideLinks
	return compiled.Choice{When: s.Scripts.Compile, Isolate: s.Scripts.Isolate, Script: c.Script, Process: compiled.Process{
		Memory: int64(s.Scripts.Memory), User: h.User, Old: new(compiled.Old), Env: s.Scripts.Env, WriteBuffer: int(s.Limits.WriteBuffer), Log: h.Log, Rooms: h.Rooms,
		Output: c.Script.Output, Failed: h.Died,
	}}
}

// withCompiler has handlers compiled that are to be, or given a process of their own.
func (h Host) withCompiler(s *config.Settings, c plugins.Config) plugins.Config {
	c.Load, c.LoadTimeout = builder(s, "", "").Chooser(h.choice(s, c)), compiled.LoadTime
	return c
}

// compileWait is how long a request waits for a handler that is being compiled for the first time.
const compileWait = 20 * time.Second

// lookup is the registry's, but that nobody waits for a compiler longer than that.
func lookup(r *plugins.Registry) func(ctx context.Context, path string) host.Found {
	return func(ctx context.Context, path string) host.Found {
		short, cancel := context.WithTimeout(ctx, compileWait)
		defer cancel()
		found := r.Lookup(short, path)
		if found.Handler == nil && short.Err() != nil && ctx.Err() == nil && r.Loading(path) {
			found.Handler = stillLoading
		}
		return host.Found(found)
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
