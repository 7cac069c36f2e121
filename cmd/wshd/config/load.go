package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"wshd/cmd/wshd/hint"
	"wshd/host/listen"
	"wshd/plugins"
	"wshd/plugins/nearest"
	"wshd/plugins/wsh/regular"
)

// Settings is the configuration with where each part of it came from.
type Settings struct {
	Config
	File       string            // the config file; "" if there is none
	from       map[string]string // key to config.yaml:12, WSHD_DRAIN or --drain; defaults are absent
	MapFile    string            // of -m
	Mapped     []plugins.Alias   // of MapFile
	Unmapped   []error           // its malformed lines, which keep nothing else from working
	Credential string            // user:password of --basic-auth; "" if it was not given
	Warnings   []Warning
	Group      string // the pattern of paths whose connections are counted together; "": all

	Within map[string]string // the pattern of paths that sets a key
}

// Warning is something odd in what was set, that keeps nothing from working: what, always in the
// same words, and the reason, which names it.
type Warning struct{ What, Reason string }

// Load puts together defaults, file, environment and flags, in this order.
func Load(f Flags, environ []string) (*Settings, error) {
	s := &Settings{Config: Defaults(), from: map[string]string{}}
	env := environment(environ)
	if s.File = f.other.config; s.File == "" {
		s.File = env["WSHD_CONFIG"]
	}
	if s.File != "" {
		text, err := regular.Read(s.File)
		if err != nil {
			return nil, fmt.Errorf("config file %s: %w", s.File, hint.Cause(err))
		}
		if hasSection(text) {
			f, err = withPythonConfig(f, s.File, text)
		} else {
			s.from, err = readConfig(s.File, text, &s.Config)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := errors.Join(s.read(f, env), s.pywebsocket(f)); err != nil {
		return nil, err
	}
	s.warn(f, env)
	return s, s.check()
}

// read takes the keys that the environment and the flags set.
func (s *Settings) read(f Flags, env map[string]string) error {
	var errs []error
	for _, k := range Keys(&s.Config) {
		if value := env[k.Env()]; value != "" {
			errs = append(errs, s.set(k, k.Env(), value))
		}
		if values := f.keys[k.Name]; values != nil {
			errs = append(errs, s.set(k, "--"+k.Flag(), joinValues(k, values)))
		}
	}
	return errors.Join(errs...)
}

func (s *Settings) set(k Key, source, value string) error {
	s.from[k.Name] = source
	if err := k.Set(value); err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	return nil
}

// joinValues makes one value of a flag that was given several times: lists grow, else the last counts.
func joinValues(k Key, values []string) string {
	switch k.value.(type) {
	case *[]string, *[]listen.Address, *Aliases:
		return strings.Join(values, ",")
	}
	return values[len(values)-1]
}

func (s *Settings) warn(f Flags, env map[string]string) {
	for _, o := range idleOptions {
		if slices.Contains(f.idle, o.name) {
			s.Warnings = append(s.Warnings, Warning{"option does nothing here", "--" + o.name + ": " + o.instead})
		}
	}
	if s.Credential == "test:test" {
		s.Warnings = append(s.Warnings, Warning{"password known to everybody",
			"--basic-auth lets test in with the password test: give --basic-auth-credential, or an htpasswd file as --auth-basic"})
	}
	names := []string{"WSHD_CONFIG"}
	for _, k := range Keys(&s.Config) {
		names = append(names, k.Env())
	}
	for name := range env {
		if !slices.Contains(names, name) {
			s.Warnings = append(s.Warnings, Warning{"unknown environment variable",
				name + hint.DidYouMean(nearest.To(name, names))})
		}
	}
	slices.SortFunc(s.Warnings, func(a, b Warning) int { return strings.Compare(a.Reason, b.Reason) })
}

// environment is what the environment says to wshd. An empty variable counts as unset.
func environment(environ []string) map[string]string {
	env := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, "WSHD_") && value != "" {
			env[name] = value
		}
	}
	return env
}

// Only has a command look at one folder, and at nothing else that is configured.
func (s *Settings) Only(dir string) {
	s.Handlers, s.Scan, s.Aliases = dir, "", nil
	delete(s.from, "handlers")
}
