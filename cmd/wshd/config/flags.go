package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"wshd/cmd/wshd/hint"
	"wshd/plugins/nearest"
)

// flagNames maps pywebsocket's long options to the names that they have here.
var flagNames = map[string]string{
	"websock-handlers":                "handlers",
	"scan-dir":                        "scan",
	"allow-handlers-outside-root-dir": "allow-outside-links",
	"cgi-paths":                       "cgi",
	"private-key":                     "tls-key",
	"certificate":                     "tls-certificate",
	"log-max":                         "log-max-size",
	"log-count":                       "log-backups",
}

// shorthands are pywebsocket's one-letter options for keys of ours.
var shorthands = map[string]string{
	"handlers": "w", "scan": "s", "document-root": "d", "cgi": "x", "validation-host": "V",
	"validation-port": "P", "tls-key": "k", "tls-certificate": "c", "log-file": "l",
}

// idleOptions are pywebsocket's options that have no meaning here, with what to do instead.
var idleOptions = []struct{ name, short, instead string }{
	{"queue", "q", "the kernel's net.core.somaxconn bounds the queue of waiting connections"},
	{"handler-encoding", "", "handlers are Go, and Go source is UTF-8"},
	{"deflate-log-level", "", "compression logs with everything else: use --log-level"},
	{"thread-monitor-interval-in-sec", "", "there are no threads to watch: connections are logged as they end"},
}

// normalName is the name of a flag however it was typed: _ is -, pywebsocket's names are ours.
func normalName(name string) string {
	name = strings.ReplaceAll(name, "_", "-")
	if ours := flagNames[name]; ours != "" {
		return ours
	}
	return name
}

// Flags is the command line, taken apart but not yet understood: what is given for a key is parsed
// after the file and the environment have been read.
type Flags struct {
	typed []string            // all of it
	Args  []string            // what is no flag
	keys  map[string][]string // key name to what was given, in order
	Help  bool
	About bool // --version
	JSON  bool // --json

	Template string // --template, of init
	Update   bool   // --update, of init

	idle  []string // the flags of idleOptions that were given
	other otherFlags
}

// otherFlags are those that stand for no key, all but config pywebsocket's.
type otherFlags struct {
	config     string // --config
	host       given  // -H
	port       given  // -p
	mapFile    string // -m
	tls        bool   // -t
	noTLS      bool   // --tls=false
	certOpt    bool   // --tls-client-cert-optional
	basic      bool   // --basic-auth
	credential string // --basic-auth-credential
}

// given holds what a flag was given, each time.
type given struct {
	kind   string
	values []string
}

// Set keeps s.
func (g *given) Set(s string) error { g.values = append(g.values, s); return nil }

// String is the last of what was given.
func (g *given) String() string {
	if len(g.values) == 0 {
		return ""
	}
	return g.values[len(g.values)-1]
}

// Type names the kind of value.
func (g *given) Type() string { return g.kind }

// ParseFlags takes the command line apart.
func ParseFlags(args []string) (Flags, error) {
	f := Flags{typed: args, keys: map[string][]string{}}
	set, keys := newFlagSet(&f)
	if err := set.Parse(args); err != nil {
		return f, flagError(set, err)
	}
	f.Args = set.Args()
	for name, g := range keys {
		if len(g.values) > 0 {
			f.keys[name] = g.values
		}
	}
	for _, o := range idleOptions {
		if set.Changed(o.name) {
			f.idle = append(f.idle, o.name)
		}
	}
	f.other.noTLS = set.Changed("tls") && !f.other.tls
	return f, nil
}

// newFlagSet defines a flag for every key, and pywebsocket's others.
func newFlagSet(f *Flags) (*pflag.FlagSet, map[string]*given) {
	set := pflag.NewFlagSet("wshd", pflag.ContinueOnError)
	set.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		return pflag.NormalizedName(normalName(name))
	})
	set.Usage = func() {}
	config := Defaults()
	keys := map[string]*given{}
	for _, k := range Keys(&config) {
		g := &given{kind: fmt.Sprintf("%T", k.value)}
		keys[k.Name] = g
		flag := set.VarPF(g, k.Flag(), shorthands[k.Flag()], "")
		if _, isBool := k.value.(*bool); isBool {
			flag.NoOptDefVal = "true"
		}
		if k.Name == "tls.client_auth" { // takes no value in pywebsocket
			flag.NoOptDefVal = "required"
		}
	}
	o := &f.other
	set.StringVar(&o.config, "config", "", "")
	set.VarP(&o.host, "server-host", "H", "")
	set.VarP(&o.port, "port", "p", "")
	set.StringVarP(&o.mapFile, "websock-handlers-map-file", "m", "", "")
	set.BoolVarP(&o.tls, "tls", "t", false, "")
	set.BoolVar(&o.certOpt, "tls-client-cert-optional", false, "")
	set.BoolVar(&o.basic, "basic-auth", false, "")
	set.StringVar(&o.credential, "basic-auth-credential", "test:test", "")
	for _, idle := range idleOptions {
		set.VarP(&given{}, idle.name, idle.short, "")
	}
	set.BoolVarP(&f.Help, "help", "h", false, "")
	set.BoolVar(&f.About, "version", false, "")
	set.BoolVar(&f.JSON, "json", false, "")
	set.StringVar(&f.Template, "template", "", "")
	set.BoolVar(&f.Update, "update", false, "")
	return set, keys
}

// Gives reports whether the command line sets a key.
func (f Flags) Gives(key string) bool { return f.keys[key] != nil }

// Set sets a key as if the command line did.
func (f Flags) Set(key, value string) { f.keys[key] = []string{value} }

// Words are what the flags may be given, of those that are given one of a few words.
func Words() map[string][]string {
	words := map[string][]string{}
	c := Defaults()
	for _, k := range Keys(&c) {
		if list := strings.Fields(k.tag.Get("oneof")); len(list) > 0 {
			words[k.Flag()] = list
		}
	}
	return words
}

// AllFlags defines every flag that there is, for who lists them.
func AllFlags() *pflag.FlagSet {
	set, _ := newFlagSet(new(Flags))
	return set
}

// flagError says what pflag found wrong, and what may have been meant.
func flagError(set *pflag.FlagSet, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return hint.Usage(err, "wshd --help lists the flags")
	}
	name := unknown.GetSpecifiedName()
	if cluster := unknown.GetSpecifiedShortnames(); cluster != "" {
		if long := strings.SplitN(cluster, "=", 2)[0]; set.Lookup(long) != nil {
			return hint.Usage(fmt.Errorf("unknown flag -%s", name), "long names take two dashes: --"+long)
		}
		return hint.Usage(fmt.Errorf("unknown flag -%s", name), "wshd --help lists the flags")
	}
	names := slices.Collect(maps.Keys(flagNames))
	set.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	slices.Sort(names)
	if meant := nearest.To(strings.ReplaceAll(name, "_", "-"), names); meant != "" {
		return hint.Usage(fmt.Errorf("unknown flag --%s", name), "did you mean --"+meant+"?")
	}
	return hint.Usage(fmt.Errorf("unknown flag --%s", name), "wshd --help lists the flags")
}
