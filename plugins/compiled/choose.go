package compiled

import (
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/modfile"

	"wshd/host/worker"
	"wshd/plugins/script"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/pattern"
	"wshd/plugins/wsh/regular"
)

// Times that a load is given.
const (
	interpretTime = 30 * time.Second
	compileTime   = 10 * time.Minute // Go's library, compiled for the first time on a small machine, and modules to fetch
)

// LoadTime is the longest that a chooser's load takes.
const LoadTime = interpretTime + compileTime

// Choice is how handlers are run.
type Choice struct {
	When    []string // never, needed or always, alone; or paths: /chat, /rooms/
	Isolate []string // paths whose handlers, interpreted too, have processes of their own
	Script  script.Config
	Process Process
}

// names reports whether a list of paths has that of the script name.
func names(list []string, name string) bool {
	path := "/" + strings.TrimSuffix(strings.TrimSuffix(name, ".go"), "_wsh")
	return slices.ContainsFunc(list, func(p string) bool {
		return p == path || strings.HasSuffix(p, "/") && strings.HasPrefix(path, p)
	})
}

// Chooser loads handlers, interpreted or compiled, as c says.
func (b *Builder) Chooser(c Choice) func(ctx context.Context, file, name string) (*wsh.Handler, error) {
	return func(ctx context.Context, file, name string) (*wsh.Handler, error) {
		if why := b.whyCompiled(c, file, name); why != "" {
			return b.compiled(ctx, c, file, name, why)
		}
		short, cancel := context.WithTimeout(ctx, interpretTime)
		defer cancel()
		load := script.Load
		if names(c.Isolate, name) {
			load = c.isolated
		}
		h, err := load(short, c.Script, file, name)
		if err == nil || !c.needed() {
			return h, err
		}
		if why := onlyCompiled(err); why != "" && b.possible(name) {
			return b.compiled(ctx, c, file, name, why)
		}
		if b.possible(name) {
			err = ofGo(err)
		}
		return nil, err
	}
}

// ofGo leaves out of a script's errors those that it would not have if it were compiled, unless it has no
// others.
func ofGo(err error) error {
	var list script.Errors
	if !errors.As(err, &list) {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(list), func(e script.Error) bool { return e.Compiled })
	if len(rest) == 0 {
		return err
	}
	return rest
}

func (c Choice) needed() bool { return slices.Equal(c.When, []string{"needed"}) }

// whyCompiled says why a handler is compiled without trying to interpret it; "": it is not.
func (b *Builder) whyCompiled(c Choice, file, name string) string {
	switch {
	case slices.Contains(c.When, "always"):
		return "scripts.compile says so"
	case namesAny(c.When, pathsOf(file, name)) || names(c.When, name):
		return "scripts.compile names it"
	}
	if !c.needed() {
		return ""
	}
	modules := b.required()
	for _, path := range importsOf(file) {
		for _, m := range modules {
			if path == m || strings.HasPrefix(path, m+"/") {
				if !b.possible(name) && b.isVendored(path) {
					return "" // it may do interpreted
				}
				return "imports " + path
			}
		}
	}
	return ""
}

// namesAny reports whether scripts.compile names one of the paths that a handler says.
func namesAny(when, paths []string) bool {
	return slices.ContainsFunc(when, func(w string) bool {
		return slices.ContainsFunc(paths, func(path string) bool {
			return pattern.Shape(w) == pattern.Shape(path) || strings.HasSuffix(w, "/") && strings.HasPrefix(path, w)
		})
	})
}

// pathsOf are the paths of a handler: those that it says, or that of its file.
func pathsOf(file, name string) (paths []string) {
	names := []string{file}
	if isDir(file) {
		names, _ = goFiles(file) // who loads it tells
	}
	for _, n := range names {
		text, err := regular.Read(n)
		if err != nil {
			continue
		}
		for _, d := range pattern.Of(n, text) {
			if d.Err == nil {
				paths = append(paths, d.Pattern)
			}
		}
	}
	if len(paths) == 0 {
		return []string{"/" + strings.TrimSuffix(strings.TrimSuffix(name, ".go"), "_wsh")}
	}
	return paths
}

// onlyCompiled says why a script cannot be interpreted, if Go's compiler would take it; else "".
func onlyCompiled(err error) string {
	var list script.Errors
	if !errors.As(err, &list) || slices.ContainsFunc(list, func(e script.Error) bool { return !e.Compiled && e.Msg != "too many errors" }) {
		return ""
	}
	if _, path, ok := strings.Cut(list[0].Msg, "import \""); ok {
		path, _, _ = strings.Cut(path, "\"")
		return "imports " + path
	}
	return fmt.Sprintf("line %d: %s", list[0].Pos.Line, list[0].Msg)
}

// possible reports whether a handler can run compiled here: there is Go, or it has been compiled ahead.
func (b *Builder) possible(name string) bool {
	if worker.Supported() != nil {
		return false
	}
	_, err := exec.LookPath(goCommand)
	if err == nil {
		return true
	}
	_, ahead := b.ahead(name).find()
	return ahead
}

// required are the modules that the root's go.mod names, but for wshd.
func (b *Builder) required() (modules []string) {
	name := filepath.Join(b.c.Root, "go.mod")
	text, err := regular.Read(name)
	if err != nil {
		return nil // none, or the error is told by who reads it to build
	}
	f, err := modfile.ParseLax(name, text, nil)
	if err != nil {
		return nil
	}
	for _, r := range f.Require {
		if r.Mod.Path != ownModule {
			modules = append(modules, r.Mod.Path)
		}
	}
	return modules
}

func (b *Builder) isVendored(path string) bool {
	return isDir(filepath.Join(b.c.Root, "vendor", filepath.FromSlash(path)))
}

// importsOf lists what a script imports.
func importsOf(file string) (paths []string) {
	names := []string{file}
	if isDir(file) {
		names, _ = goFiles(file) // who loads it tells
	}
	for _, name := range names {
		text, err := regular.Read(name)
		if err != nil {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, i := range f.Imports {
			if path, err := strconv.Unquote(i.Path.Value); err == nil {
				paths = append(paths, path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// compiled loads a handler compiled.
func (b *Builder) compiled(ctx context.Context, c Choice, file, name, why string) (*wsh.Handler, error) {
	if refused := c.Script.Closed(file); len(refused) > 0 {
		return nil, refused
	}
	ctx, cancel := context.WithTimeout(ctx, compileTime)
	defer cancel()
	log := c.Process.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
		c.Process.Log = log
	}
	begun := func() { log.Info("compiling", "script", name, "reason", why) }
	h, err := b.Load(ctx, c.Process, file, name, begun)
	if errors.Is(err, ErrNoGo) {
		return nil, script.Errors{{Pos: token.Position{Filename: file}, Msg: fmt.Sprintf("it has to be compiled (%s): %v", why, err)}}
	}
	if h != nil {
		h.Compiled = why
	}
	return h, err
}

// defaultCache is the folder for what is compiled, where nobody names one: systemd's, or the user's.
func defaultCache() (string, error) {
	if dir := os.Getenv("CACHE_DIRECTORY"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("scripts.cache names no folder, and there is none for caches: %w", err)
	}
	return filepath.Join(dir, "wshd"), nil
}
