package check

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"wshd/plugins/nearest"
	"wshd/plugins/script/std"
)

// api is what every handler imports.
const api = "wshd/plugins/wsh"

// never says why packages, and those below them, cannot be opened to scripts.
var never = map[string]string{
	"C":                "scripts are interpreted",
	"crypto/dsa":       "it is broken: use crypto/ed25519",
	"crypto/fips140":   "it is the whole host's",
	"crypto/hkdf":      "its functions are generic, and only compiled ones can be had: use crypto/hmac",
	"crypto/hpke":      "scripts cannot be given it yet: use crypto/ecdh and crypto/cipher",
	"crypto/mlkem":     "scripts cannot be given it yet: use crypto/ecdh",
	"crypto/pbkdf2":    "its functions are generic, and only compiled ones can be had: use crypto/hmac",
	"debug":            "it is of use to debuggers only",
	"embed":            "a script is not compiled: read the file when the script begins, with os",
	"encoding/asn1":    "it looks at types in ways that scripts cannot follow: use crypto/x509 or encoding/pem",
	"expvar":           "all scripts would share its table",
	"flag":             "the command line is the host's",
	"go":               "it is of use to compilers only",
	"log/syslog":       "not every system has it: use the Log of a request, and pass on the log of wshd",
	"net/http/cgi":     "wshd runs CGI programs by itself: see cgi in its configuration",
	"net/http/fcgi":    "a handler is served by wshd only",
	"net/http/pprof":   "it looks at the host, not at the script",
	"net/rpc":          "it looks for methods that scripts do not have at run time: use encoding/json over net/http",
	"os/signal":        "signals are the host's: see the context of a request",
	"plugin":           "it can break the whole host",
	"reflect":          "script types look different at run time from what the script says: use a type switch or encoding/json",
	"runtime/cgo":      "it looks at the host, not at the script",
	"runtime/coverage": "it looks at the host, not at the script",
	"runtime/debug":    "it looks at the host, not at the script",
	"runtime/metrics":  "it looks at the host, not at the script",
	"runtime/pprof":    "it looks at the host, not at the script",
	"runtime/race":     "it looks at the host, not at the script",
	"runtime/trace":    "it looks at the host, not at the script",
	"structs":          "nothing compiled sees a script's types",
	"syscall":          "it can break the whole host: use os",
	"testing":          "the host runs no tests: they go into files that end in _test.go",
	"time/tzdata":      "time zones are the machine's",
	"unique":           "its functions are generic, and only compiled ones can be had: use a map",
	"unsafe":           "it can break the whole host",
	"weak":             "its functions are generic, and only compiled ones can be had",
	api + "/wshtest":   "it is for tests, in files that end in _test.go",
	"wshd":             "of the host scripts are given " + api + " only",
}

// Never says why packages, and those below them, can never be opened to scripts.
func Never() map[string]string { return maps.Clone(never) }

// whyNever is why path can never be imported; "": it can, or nobody knows it.
func whyNever(path string) string {
	if std.Has(path) {
		return ""
	}
	for p := path; p != ""; p = p[:max(strings.LastIndexByte(p, '/'), 0)] {
		if why := never[p]; why != "" {
			return why
		}
	}
	return ""
}

// Imports says what is wrong with a list for Config.Imports.
func Imports(list []string) error {
	var errs []error
	for _, entry := range list {
		path, in, alone := strings.Cut(entry, forAlone)
		if alone && (strings.TrimSpace(in) == "" || strings.Contains(in, " ")) {
			errs = append(errs, fmt.Errorf("%s: after the package and \"in\" comes the import path of a module in vendor", entry))
			continue
		}
		if path == "default" && !alone || std.Has(path) || slices.Contains(compiledOnly, path) {
			continue
		}
		if why := whyNever(path); why != "" {
			errs = append(errs, fmt.Errorf("package %s cannot be opened to scripts: %s", path, why))
			continue
		}
		err := fmt.Errorf("there is no package %s", path)
		best := nearestPackage(path)
		if best == "" {
			best = nearest.To(path, []string{"default"})
		}
		if best != "" {
			err = fmt.Errorf("%w (did you mean %s?)", err, best)
		} else if strings.Contains(path, ".") {
			err = fmt.Errorf("%w in Go's library: modules go into vendor in the handler root, and need not be named", err)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// forAlone stands in an entry of Config.Imports between a package and the module that it is opened for.
const forAlone = " in "

// Opens reports whether the package from may import a package of std.
func (c Config) Opens(path, from string) bool {
	if path == api || slices.Contains(c.Imports, path) {
		return true
	}
	for _, entry := range c.Imports {
		if opened, in, ok := strings.Cut(entry, forAlone); ok && opened == path && (from == in || strings.HasPrefix(from, in+"/")) {
			return true
		}
	}
	return std.Closed(path) == "" && (c.Imports == nil || slices.Contains(c.Imports, "default"))
}

// refusal says why path, which is no package of the root or of its vendor folder, is not imported. module is
// that of the package in vendor which imports it; "": none.
func (c Config) refusal(path, module string) string {
	if std.Has(path) {
		list := c.Imports
		if list == nil {
			list = []string{"default"}
		}
		opened := path
		if module != "" {
			opened += forAlone + module
		}
		return fmt.Sprintf("import %q is not open to scripts: %s; scripts.imports: [%s] opens it",
			path, cmp.Or(std.Closed(path), "default is not in scripts.imports"), strings.Join(append(slices.Clip(list), opened), ", "))
	}
	if why := whyNever(path); why != "" {
		return fmt.Sprintf("import %q cannot be had in scripts: %s", path, why)
	}
	if best := nearestPackage(path); best != "" {
		return fmt.Sprintf("import %q is not known; did you mean %q?", path, best)
	}
	if strings.Contains(path, ".") && strings.HasSuffix(path, "/websocket") {
		return fmt.Sprintf("import %q is not needed: wshd speaks WebSocket, and gives a handler its messages by %s", path, api)
	}
	if best := ours(path); best != "" {
		return fmt.Sprintf("import %q is not known; did you mean %q?", path, best)
	}
	if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
		return fmt.Sprintf("import %q is not in %s: run go mod vendor there", path, c.vendor())
	}
	return fmt.Sprintf("import %q is not known", path)
}

// moved are packages that Go's library has taken over, or has the like of.
var moved = map[string]string{
	"github.com/pkg/errors":    "errors",
	"golang.org/x/exp/maps":    "maps",
	"golang.org/x/exp/rand":    "math/rand/v2",
	"golang.org/x/exp/slices":  "slices",
	"golang.org/x/exp/slog":    "log/slog",
	"golang.org/x/net/context": "context",
	"golang.org/x/crypto/sha3": "crypto/sha3",
	"golang.org/x/image/draw":  "image/draw",
	"golang.org/x/xerrors":     "errors",
}

// ours is a package that path, of a module that is not here, ends like; "": it ends like none. One word is
// too little to tell.
func ours(path string) string {
	if to := moved[path]; to != "" {
		return to
	}
	if path == "wsh" || strings.HasSuffix(path, "/plugins/wsh") || strings.HasSuffix(path, "/wshd/wsh") || strings.HasSuffix(path, "/wshd") {
		return api
	}
	for _, known := range slices.Sorted(maps.Keys(std.Packages())) {
		if strings.Contains(known, "/") && strings.HasSuffix(path, "/"+known) {
			return known
		}
	}
	return ""
}

// toImport is what to import for name, which stands before a dot and is not known; "": nothing, or
// there are several.
func toImport(name string) string {
	found := ""
	for path := range std.Packages() {
		if path == name || strings.HasSuffix(path, "/"+name) {
			if found != "" {
				return ""
			}
			found = path
		}
	}
	return found
}

// nearestPackage is the package that may have been meant; "": none is near.
func nearestPackage(path string) string {
	known := slices.Sorted(maps.Keys(std.Packages()))
	for _, k := range known {
		if strings.HasSuffix(k, "/"+path) {
			return k
		}
	}
	return nearest.To(path, known)
}

// compiledOnly may be opened by name to handlers that are compiled: they run in a process of their own.
var compiledOnly = []string{"net/http/pprof", "syscall", "unsafe"}

// WhyNotCompiled says why a handler that is compiled may not import path itself; "": it may. Of Go's library
// scripts.imports opens to it what it opens to scripts; what is closed to these only because they are
// interpreted is open.
func (c Config) WhyNotCompiled(path string) string {
	switch {
	case slices.Contains(c.Imports, path) || path == api:
		return ""
	case slices.Contains(compiledOnly, path):
		return fmt.Sprintf("import %q is not open to handlers; scripts.imports: [default, %s] opens it to those that are compiled", path, path)
	case std.Has(path) && !c.Opens(path, ""):
		return c.refusal(path, "")
	case strings.HasPrefix(path, "wshd/"), path == "plugin":
		return c.refusal(path, "")
	}
	return ""
}
