package compiled

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"wshd/host/worker"
	"wshd/plugins/wsh"
)

// Process is what the processes of compiled handlers are given. Log must be set.
type Process struct {
	Memory      int64    // bytes that one may take; 0: no bound
	User        *User    // whose they are; nil: wshd's
	Env         []string // the names of the variables that they are told, or NAME=value
	WriteBuffer int
	FlushTime   time.Duration
	Log         *slog.Logger
	Rooms       wsh.Rooms // nil: there are none

	Old *Old // bounds the processes of versions that have been replaced; nil: nothing does

	Output func(script, line string)      // of what they print; nil: nobody is told
	Failed func(script string, err error) // told when one has died; nil: nobody is
}

// User is whose a process is.
type User = worker.User

// process is a version's, which can be started once more whatever has become of its script and its program.
type process struct {
	*worker.Process
	again func(ctx context.Context) (*wsh.Handler, error)
}

// Again starts the version once more, as another.
func (p *process) Again(ctx context.Context) (*wsh.Handler, error) { return p.again(ctx) }

// Load compiles the script in file, if it must be, and starts its process. The handler's life ends that.
func (b *Builder) Load(ctx context.Context, p Process, file, name string, begun func()) (*wsh.Handler, error) {
	if err := worker.Supported(); err != nil {
		return nil, err
	}
	program, err := b.Build(ctx, file, name, begun)
	if err != nil {
		return nil, err
	}
	return p.start(ctx, worker.Config{Program: program.File}, b.c.Root, name, program.Hooks)
}

// start starts the process of a script with these hooks.
func (p Process) start(ctx context.Context, c worker.Config, root, name string, hooks []string) (*wsh.Handler, error) {
	var err error
	if c.Dir, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	c.Env, c.Memory, c.User, c.Script = environment(p.Env), p.Memory, p.User, name
	c.WriteBuffer, c.FlushTime, c.Log, c.Rooms = p.WriteBuffer, p.FlushTime, p.Log, p.Rooms
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if p.Output != nil {
		c.Output = func(line string) { p.Output(name, line) }
	}
	if p.Failed != nil {
		c.Failed = func(err error) { p.Failed(name, err) }
	}
	program, err := os.Open(c.Program)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	c.Name, c.Program = cmp.Or(c.Name, c.Program), fmt.Sprintf("/proc/self/fd/%d", program.Fd())
	started, err := worker.Start(ctx, c)
	if err != nil {
		program.Close()
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	process := &process{Process: started, again: func(ctx context.Context) (*wsh.Handler, error) {
		defer runtime.KeepAlive(program)
		return p.start(ctx, c, root, name, hooks)
	}}
	h := &wsh.Handler{Script: name, Life: wsh.NewLife(process.Retire), Process: process}
	p.Old.add(name, h.Life, process)
	context.AfterFunc(h.Life.Context(), process.Replaced)
	have := func(hook string) bool { return slices.Contains(hooks, hook) }
	elsewhere := func(*wsh.Request) error { return wsh.ErrBadOperation }
	if have("DoExtraHandshake") {
		h.DoExtraHandshake = elsewhere
	}
	if have("TransferData") {
		h.TransferData = elsewhere
	}
	if have("PassiveClosingHandshake") {
		h.PassiveClosingHandshake = func(*wsh.Request) (wsh.StatusCode, string, error) { return 0, "", wsh.ErrBadOperation }
	}
	if have("RenderPublication") {
		h.RenderPublication = func(p wsh.Publication) wsh.Message { return p.Message }
	}
	if have("ServeHTTP") {
		h.ServeHTTP = process.ServeHTTP
	}
	return h, nil
}

// environment is the variables that are named, and those that Go programs count on.
func environment(names []string) []string {
	env := []string{}
	for _, name := range append([]string{"PATH", "HOME", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR"}, names...) {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
