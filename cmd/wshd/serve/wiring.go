package serve

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/host"
	"wshd/host/admin"
	"wshd/host/documents"
	"wshd/host/door"
	"wshd/host/limit"
	"wshd/host/peer"
	"wshd/host/stream"
	"wshd/plugins"
	"wshd/plugins/imported"
	"wshd/plugins/script"
	"wshd/plugins/wsh"
)

// hostConfig is what has been read means to the host.
func (h *hosting) hostConfig(r *reading, registry *plugins.Registry, failed *failures) host.Config {
	s := r.settings
	local := h.local && len(s.TrustedProxies) == 0 // else who comes from here may come by a proxy
	r.rules.Door.Local = local
	r.rules.Bounds.Connections = placesOf(s.Limits.Connections, descriptors())
	for _, rules := range r.paths {
		rules.Door.Local = local
	}
	proxies, _ := peer.ParseProxies(s.TrustedProxies) // checked when the settings were loaded
	c := host.Config{
		Lookup:              lookup(registry),
		Missing:             whyMissing(s.Handlers, registry.Routes, registry.RouteOf),
		Rooms:               h.wshRooms(),
		Documents:           builtinPages(false, s.Handlers, registry.Routes),
		HideCookie:          admin.CookieName,
		ValidationHost:      s.ValidationHost,
		ValidationPort:      s.ValidationPort,
		Proxies:             proxies,
		Rules:               *r.rules,
		Paths:               r.paths,
		WriteBuffer:         int(s.Limits.WriteBuffer),
		HandshakesPerSecond: s.Limits.HandshakesPerSecond,
		HandshakeTimeout:    s.Limits.HandshakeTimeout,
		HeaderSize:          int(s.Limits.HeaderSize),
		Log:                 h.log.Logger,
		Failed: func(v *wsh.Handler, err error) {
			failed.add(v.Script, v.Version, err, false)
		},
	}
	if local {
		c.Here = builtinPages(true, s.Handlers, registry.Routes)
	}
	if s.DocumentRoot != "" {
		c.Documents = r.documents
		c.CGI = host.CGI{Paths: s.CGI, Time: s.CGITime, Processes: s.CGIProcesses}
	}
	return c
}

// allRules is what the settings mean for requests: in general, and for the paths that have some of
// their own.
func allRules(s *config.Settings) (general *host.Rules, paths map[string]*host.Rules, err error) {
	files := new(door.PasswordFiles)
	if general, err = rulesOf(s, files); err != nil {
		return nil, nil, err
	}
	paths = map[string]*host.Rules{}
	var errs []error
	for pattern, own := range s.ForPaths() {
		rules, err := rulesOf(own, files)
		if err != nil {
			errs = append(errs, hint.Lines(err)...)
			continue
		}
		paths[pattern] = rules
	}
	return general, paths, hint.JoinSorted(errs)
}

// documentsOf finds the document root; nil: there is none.
func documentsOf(s *config.Settings) (*documents.Root, error) {
	if err := checkDocumentRoot(s); err != nil || s.DocumentRoot == "" {
		return nil, err
	}
	root, err := documents.Open(documents.Config{Root: s.DocumentRoot, OutsideLinks: s.AllowOutsideLinks,
		Handlers: s.Handlers, Secrets: s.Files()})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Where("document_root"), err)
	}
	return root, nil
}

// rulesOf is what s means for requests.
func rulesOf(s *config.Settings, files *door.PasswordFiles) (*host.Rules, error) {
	d, err := doorOf(s, files)
	if err != nil {
		return nil, err
	}
	return &host.Rules{Door: d, Stream: streamOf(s), Within: s.Within, Bounds: limit.Bounds{
		Group: s.Group, Connections: s.Limits.Connections, PerClient: s.Limits.PerClient}}, nil
}

// streamOf is what bounds a connection. To the host 0 is its default, and -1 no bound.
func streamOf(s *config.Settings) stream.Config {
	c := stream.Config{
		MessageSize:       int64(s.Limits.MessageSize),
		WriteTimeout:      s.Limits.WriteTimeout,
		Compression:       s.Compression.Enabled,
		ContextTakeover:   s.Compression.ContextTakeover,
		Window:            int(s.Compression.Window),
		Threshold:         int(s.Compression.Threshold),
		MessagesPerSecond: s.Limits.MessagesPerSecond,
		BytesPerSecond:    int(s.Limits.BytesPerSecond),
		CloseOverRate:     s.Limits.OverRate == "close",
		PingInterval:      s.Ping.Interval,
		PingTimeout:       s.Ping.Timeout,
		IdleTimeout:       s.Limits.IdleTimeout,
		Lifetime:          s.Limits.Lifetime,
	}
	if c.MessageSize == 0 {
		c.MessageSize = -1
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = -1
	}
	return c
}

// HandlersConfig is what the settings mean to the registry of handlers.
func HandlersConfig(s *config.Settings) (plugins.Config, error) {
	if err := checkHandlers(s); err != nil {
		return plugins.Config{}, err
	}
	scan, err := scanFolder(s)
	if err != nil {
		return plugins.Config{}, err
	}
	c := plugins.Config{Root: s.Handlers, Scan: scan, AllowOutsideLinks: s.AllowOutsideLinks,
		Script: ScriptConfig(s)}
	for _, a := range s.Aliases {
		where := a.Where
		if where == "" {
			where = s.Where("aliases")
		}
		c.Aliases = append(c.Aliases, plugins.Alias{Path: a.Path, Target: a.Target, Where: where})
	}
	c.Aliases = append(c.Aliases, s.Mapped...)
	return c, nil
}

// ScriptConfig is what the settings mean to a script.
func ScriptConfig(s *config.Settings) script.Config {
	return script.Config{
		Imports: append([]string{}, s.Scripts.Imports...), // not nil: an empty list opens nothing
		CPU:     s.Scripts.CPU,
		Depth:   s.Scripts.Depth,
	}
}

// opened is a registry, or why there is none.
type opened struct {
	registry *plugins.Registry
	err      error
}

// openHandlers begins to load the handlers, whose events and output are logged.
func (h *hosting) openHandlers(r *reading, failed *failures) (o opened) {
	c := r.handlers
	c.Report = func(e plugins.Event) {
		h.report(e)
		failed.heed(e)
	}
	c.Imports = func() {
		if err := imported.Keep(c.Root); err != nil {
			h.log.Warn("imports.go not kept", "reason", err)
		}
	}
	c.Script.Output = func(script, line string) {
		h.log.Info("script output", "script", script, "line", line)
	}
	c.Script.Ran = func(script string, d time.Duration) { h.counts.ran.AddN(script, int64(d)) }
	c.Script.Failed = func(script string, err error) {
		h.log.Error("goroutine of a handler failed", append([]any{"script", script, "err", err}, stackOf(err)...)...)
		failed.add(script, 0, err, false)
	}
	died := func(script string, err error) { failed.add(script, 0, err, false) }
	user, err := userOf(r.settings)
	if err != nil {
		return opened{err: err}
	}
	o.registry, o.err = OpenRegistry(r.settings, c, Host{Log: h.log.Logger, Rooms: h.wshRooms(), User: user, Died: died})
	return o
}

// OpenRegistry begins to load the handlers.
func OpenRegistry(s *config.Settings, c plugins.Config, h Host) (*plugins.Registry, error) {
	c = h.withCompiler(s, c)
	r, err := plugins.Open(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Where("handlers"), err)
	}
	return r, nil
}

// checkHandlers explains a handler root that is not there: where pywebsocket would have looked, and
// how to begin one.
func checkHandlers(s *config.Settings) error {
	err := checkFolder("handler root", s.Where("handlers"), s.Handlers)
	if err == nil {
		return nil
	}
	if under := filepath.Join(s.DocumentRoot, s.Handlers); s.DocumentRoot != "" && isFolder(under) {
		return hint.With(err, "paths are relative to where wshd is started, not to the document root: wshd -d "+
			s.DocumentRoot+" -w "+under)
	}
	switch found, _ := filepath.Glob("*_wsh.go"); {
	case s.IsSet("handlers"):
	case s.File == "" && isFile("config.yaml"):
		return hint.With(err, "config.yaml is read if it is named: --config config.yaml")
	case len(found) > 0:
		return hint.With(err, "to take the handlers that are here: -w .")
	default:
		return hint.With(err, "wshd -w DIR names the folder of your handlers; wshd init DIR begins one")
	}
	return hint.With(err, "wshd init DIR begins a folder with a handler to start from")
}

func checkFolder(what, source, name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return fmt.Errorf("%s: %s %s: %w", source, what, name, hint.Cause(err))
	}
	if !info.IsDir() {
		return fmt.Errorf("%s: %s %s is a file, not a folder", source, what, name)
	}
	if _, err := os.ReadDir(name); err != nil {
		return fmt.Errorf("%s: %s %s: %w", source, what, name, hint.Cause(err))
	}
	return nil
}

// scanFolder is the folder to scan, relative to the handler root. It may be given so or, as
// pywebsocket has it, as a path of its own.
func scanFolder(s *config.Settings) (string, error) {
	if s.Scan == "" {
		return "", nil
	}
	if !filepath.IsAbs(s.Scan) && isFolder(filepath.Join(s.Handlers, s.Scan)) {
		return below(s.Handlers, filepath.Join(s.Handlers, s.Scan), s)
	}
	if isFolder(s.Scan) {
		return below(s.Handlers, s.Scan, s)
	}
	return "", fmt.Errorf("%s: there is no folder %s in the handler root %s", s.Where("scan"), s.Scan, s.Handlers)
}

// below is folder relative to root, which must hold it.
func below(root, folder string, s *config.Settings) (string, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, folder)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s: %s is not in the handler root %s", s.Where("scan"), s.Scan, s.Handlers)
	}
	if rel == "." {
		return "", nil
	}
	return rel, nil
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// CheckFiles looks at the files that the configuration names.
func CheckFiles(s *config.Settings) error {
	configs, tlsErr := s.TLSConfigs()
	timesErr := errors.Join(s.CertificateTimes(configs, time.Now())...)
	_, _, rulesErr := allRules(s)
	return errors.Join(tlsErr, timesErr, rulesErr, checkDocumentRoot(s))
}
