package plugins_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed is what go list says of one package of the module.
type listed struct {
	ImportPath, Doc string
	Imports         []string
}

func packages(t *testing.T) (all []listed) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Doc,Imports", "wshd/...")
	out, err := cmd.Output()
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) {
			t.Fatalf("go list: %s", failed.Stderr)
		}
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// below reports whether path is that package or below it.
func below(path, pkg string) bool { return path == pkg || strings.HasPrefix(path, pkg+"/") }

// arrows say who may import a package, or one below it: nobody but these, and those below them.
var arrows = []struct {
	to   string
	from []string
}{
	{"github.com/traefik/yaegi", []string{"wshd/plugins/script/yaegi", "wshd/bench/compute"}},
	{"github.com/coder/websocket", []string{"wshd/host/stream"}},
	{"github.com/golang-jwt/jwt", []string{"wshd/host/door"}},
	{"golang.org/x/crypto/bcrypt", []string{"wshd/host/door"}},
	{"wshd/host/door", []string{"wshd/host", "wshd/cmd", "wshd/bench"}},
	{"wshd/host/stream", []string{"wshd/host", "wshd/cmd", "wshd/bench"}},
	{"wshd/host/session", []string{"wshd/host", "wshd/cmd", "wshd/bench"}},
	{"wshd/host/listen", []string{"wshd/cmd"}},
	{"wshd/host/admin", []string{"wshd/cmd"}},
	{"github.com/pires/go-proxyproto", []string{"wshd/host/listen"}},
	{"github.com/prometheus", []string{"wshd/host/metrics"}},
	{"github.com/nats-io", []string{"wshd/host/room/nats"}},
	{"wshd/host/room/nats", []string{"wshd/cmd", "wshd/bench"}},
	{"wshd/host/metrics", []string{"wshd/cmd"}},
	{"wshd/host/cgi", []string{"wshd/host"}},
	{"wshd/host/documents", []string{"wshd/host", "wshd/cmd"}},
	{"wshd/host/peer", []string{"wshd/host", "wshd/cmd"}},
	{"wshd/host/room", []string{"wshd/host", "wshd/cmd", "wshd/bench"}},
	{"wshd/host/worker", []string{"wshd/plugins/compiled"}},
	{"wshd/host", []string{"wshd/host", "wshd/cmd", "wshd/bench", "wshd/plugins/compiled"}},
	{"wshd/plugins/compiled", []string{"wshd/cmd"}},
	{"wshd/plugins/imported", []string{"wshd/cmd"}},
	{"wshd/plugins/wsh/protocol", []string{"wshd/host", "wshd/plugins/wsh/wshtest", "wshd/cmd/wshd/dial"}}, // a client's frames are the same
	{"wshd/plugins/script", []string{"wshd/plugins", "wshd/cmd", "wshd/scripts", "wshd/bench"}},
	{"wshd/plugins/script/yaegi", []string{"wshd/plugins/script"}},
	{"wshd/cmd", []string{"wshd/cmd"}},
	{"wshd/cmd/wshd/hint", []string{"wshd/cmd/wshd"}},
	{"wshd/cmd/wshd/logs", []string{"wshd/cmd/wshd/serve"}},
	{"wshd/cmd/wshd/terminal", []string{"wshd/cmd/wshd"}},
	{"github.com/DeRuina/timberjack", []string{"wshd/cmd/wshd/logs"}},
	{"gopkg.in/yaml.v3", []string{"wshd/cmd/wshd/config"}},
	{"github.com/spf13/pflag", []string{"wshd/cmd/wshd/config", "wshd/cmd/wshd/dial"}},
	{"wshd/cmd/wshd/dial", []string{"wshd/cmd/wshd"}},
	{"wshd/cmd/wshd/manual", []string{"wshd/cmd/wshd"}},
	{"wshd/scripts", []string{"wshd/scripts", "wshd/cmd"}},
}

func TestImportsFollowTheArrows(t *testing.T) {
	all := packages(t)
	if len(all) < 6 {
		t.Fatalf("got %d packages: go list found too few", len(all))
	}
	for _, p := range all {
		for _, path := range p.Imports {
			for _, why := range wrong(p.ImportPath, path) {
				t.Errorf("%s imports %s: %s", p.ImportPath, path, why)
			}
		}
	}
}

// floors say what of the module a package, or one below it, may import: itself, and these.
var floors = []struct {
	from, why string
	to        []string
}{
	{"wshd/host/door", "who may come in depends on nothing inside", []string{"wshd/host/limit", "wshd/plugins/wsh/regular", "wshd/plugins/wsh", "wshd/plugins/wsh/protocol"}},
	{"wshd/host/limit", "counting knows nothing of what is counted", nil},
	{"wshd/host/session", "a session runs where there is no server", []string{"wshd/host/stream", "wshd/plugins/wsh", "wshd/plugins/wsh/protocol"}},
	{"wshd/host/worker", "a handler's process has what a session needs", []string{"wshd/host/session", "wshd/host/stream", "wshd/plugins/wsh", "wshd/plugins/wsh/protocol"}},
	{"wshd/plugins/compiled", "of the host it knows the worker", []string{"wshd", "wshd/host/worker", "wshd/plugins/wsh/pattern", "wshd/plugins/wsh/regular", "wshd/plugins/script", "wshd/plugins/wsh"}},
	{"wshd/plugins/imported", "it knows files of Go, not what they do", []string{"wshd/plugins/wsh/regular"}},
	{"wshd/host/stream", "the wire knows nothing of what is above it", []string{"wshd/plugins/wsh", "wshd/plugins/wsh/protocol"}},

	// The engine's rooms, from the top.
	{"wshd/plugins/script/check", "what is checked need not run", []string{"wshd/plugins/wsh/regular", "wshd/plugins/nearest", "wshd/plugins/script/std"}},
	{"wshd/plugins/script/yaegi", "the interpreter is a function of text", nil},
	{"wshd/plugins/script/lower", "what is lowered has been checked, and is run by others", []string{"wshd/plugins/script/boxed", "wshd/plugins/script/carry", "wshd/plugins/script/layout", "wshd/plugins/script/library", "wshd/plugins/script/library/encoding", "wshd/plugins/script/library/format", "wshd/plugins/script/library/templates", "wshd/plugins/script/machine", "wshd/plugins/script/memory", "wshd/plugins/script/std", "wshd/plugins/script/value", "wshd/plugins/wsh"}},
	{"wshd/plugins/script/library", "what is known of the library holds for all programs", []string{"wshd/plugins/script/boxed", "wshd/plugins/script/carry", "wshd/plugins/script/layout", "wshd/plugins/script/machine", "wshd/plugins/script/memory", "wshd/plugins/script/processor", "wshd/plugins/script/std", "wshd/plugins/script/value", "wshd/plugins/wsh"}},
	{"wshd/plugins/script/library/format", "what prints knows of no encoder", []string{"wshd/plugins/script/boxed", "wshd/plugins/script/carry", "wshd/plugins/script/machine", "wshd/plugins/script/std", "wshd/plugins/script/value"}},
	{"wshd/plugins/script/library/encoding", "who encodes does not print", []string{"wshd/plugins/script/boxed", "wshd/plugins/script/carry", "wshd/plugins/script/layout", "wshd/plugins/script/value"}},
	{"wshd/plugins/script/library/templates", "templates print, and do not encode", []string{"wshd/plugins/script/boxed", "wshd/plugins/script/library/format", "wshd/plugins/script/machine", "wshd/plugins/script/value"}},
	{"wshd/plugins/script/boxed", "a value knows nothing of who shows it", []string{"wshd/plugins/script/carry", "wshd/plugins/script/layout", "wshd/plugins/script/machine", "wshd/plugins/script/std", "wshd/plugins/script/value"}},
	{"wshd/plugins/script/machine", "what runs knows nothing of what it was made of", []string{"wshd/plugins/script/memory", "wshd/plugins/script/processor", "wshd/plugins/script/value", "wshd/plugins/wsh"}},
	{"wshd/plugins/script/value", "what is alike for all scripts knows of none", nil},
	{"wshd/plugins/script/layout", "memory knows nothing of what lies in it", []string{"wshd/plugins/script/std"}},
	{"wshd/plugins/script/carry", "types are made of the library's alone", []string{"wshd/plugins/wsh"}},
	{"wshd/plugins/script/memory", "measuring knows nothing of what is measured", nil},
	{"wshd/plugins/script/processor", "measuring knows nothing of what is measured", nil},
	{"wshd/plugins/script/std", "the library knows nothing of who calls it", []string{"wshd/plugins/wsh"}},
}

// wrong says what speaks against an import.
func wrong(from, to string) (why []string) {
	for _, arrow := range arrows {
		ok := !below(to, arrow.to) || below(from, arrow.to)
		for _, a := range arrow.from {
			ok = ok || below(from, a)
		}
		if !ok {
			why = append(why, "only "+strings.Join(arrow.from, " and ")+" may")
		}
	}
	for _, floor := range floors {
		if below(from, floor.from) && below(to, "wshd") && !below(to, floor.from) && !slices.Contains(floor.to, to) {
			why = append(why, floor.why)
		}
	}
	std := !strings.Contains(strings.SplitN(to, "/", 2)[0], ".") && !below(to, "wshd")
	switch {
	case below(from, "wshd/plugins/wsh"):
		travels := []string{"wshd/plugins/wsh", "wshd/plugins/wsh/protocol", "wshd/plugins/wsh/pattern", "wshd/plugins/wsh/urlpath"} // as Source has it
		if !std && !slices.Contains(travels, to) {
			why = append(why, "handler authors get the standard library only")
		}
	case below(from, "wshd/host"):
		if below(to, "wshd/plugins") && (!below(to, "wshd/plugins/wsh") || below(to, "wshd/plugins/wsh/wshtest")) {
			why = append(why, "host and plugins never meet")
		}
	case (from == "wshd/cmd/wshd/hint" || from == "wshd/cmd/wshd/logs") && below(to, "wshd") && to != "wshd/cmd/wshd/hint" && to != "wshd/cmd/wshd/terminal":
		why = append(why, "errors and the log know nothing of what they tell")
	case below(from, "wshd/cmd/wshd/config") && (to == "wshd/host" || below(to, "wshd/cmd/wshd") && to != "wshd/cmd/wshd/hint"):
		why = append(why, "settings do not know what is made of them")
	case below(from, "wshd/plugins/script"):
		if to == "wshd/plugins" {
			why = append(why, "the arrow points the other way")
		}
	}
	if from == "wshd/plugins/wsh" && below(to, "wshd") {
		why = append(why, "it is the bottom of everything")
	}
	return why
}

func TestWrongKnowsWrongImports(t *testing.T) {
	for _, test := range []struct {
		from, to string
		ok       bool
	}{
		{"wshd/plugins/script/yaegi", "github.com/traefik/yaegi/interp", true},
		{"wshd/plugins/script", "github.com/traefik/yaegi/interp", false},
		{"wshd/plugins/script/lower", "wshd/plugins/script/yaegi", false},
		{"wshd/plugins", "github.com/traefik/yaegi/interp", false},
		{"wshd/host", "github.com/coder/websocket", false},
		{"wshd/host/stream", "github.com/coder/websocket", true},
		{"wshd/host", "wshd/plugins", false},
		{"wshd/host", "wshd/plugins/script", false},
		{"wshd/host/room", "wshd/plugins/wsh", true},
		{"wshd/host/room", "github.com/nats-io/nats.go", false},
		{"wshd/host/room/nats", "github.com/nats-io/nats-server/v2/server", true},
		{"wshd/host", "wshd/host/room/nats", false},
		{"wshd/host/door", "wshd/plugins/wsh", true},
		{"wshd/host/door", "wshd/plugins/wsh/protocol", true},
		{"wshd/host/door", "wshd/host/stream", false},
		{"wshd/host/door", "wshd/host/limit", true},
		{"wshd/host/limit", "wshd/host/door", false},
		{"wshd/host", "wshd/host/session", true},
		{"wshd/host/session", "wshd/host/stream", true},
		{"wshd/host/session", "wshd/plugins/wsh/protocol", true},
		{"wshd/host/session", "wshd/host", false},
		{"wshd/host/session", "wshd/host/door", false},
		{"wshd/host/session", "wshd/plugins", false},
		{"wshd/host/stream", "wshd/host/session", false},
		{"wshd/host/stream", "wshd/plugins/wsh/protocol", true},
		{"wshd/host/stream", "wshd/plugins/wsh/wshtest", false},
		{"wshd/plugins/wsh/wshtest", "wshd/plugins/wsh/protocol", true},
		{"wshd/plugins/wsh/protocol", "wshd/plugins/wsh", true},
		{"wshd/plugins/wsh/protocol", "wshd/plugins/wsh/wshtest", false},
		{"wshd/plugins/wsh", "wshd/plugins/wsh/protocol", false},
		{"wshd/plugins", "wshd/plugins/wsh/protocol", false},
		{"wshd/host", "github.com/golang-jwt/jwt/v5", false},
		{"wshd/plugins", "wshd/host", false},
		{"wshd/plugins/wsh", "wshd/plugins/wsh/wshtest", false},
		{"wshd/plugins/wsh/wshtest", "wshd/plugins/wsh", true},
		{"wshd/plugins/wsh/wshtest", "github.com/fsnotify/fsnotify", false},
		{"wshd/plugins/wsh", "net/http", true},
		{"wshd/plugins/script", "wshd/plugins", false},
		{"wshd/cmd/wshd", "wshd/host", true},
		{"wshd/plugins", "wshd/cmd/wshd", false},
		{"wshd/cmd/wshd/serve", "wshd/cmd/wshd/config", true},
		{"wshd/cmd/wshd/config", "wshd/cmd/wshd/hint", true},
		{"wshd/cmd/wshd/config", "wshd/cmd/wshd/serve", false},
		{"wshd/cmd/wshd/config", "wshd/cmd/wshd/logs", false},
		{"wshd/cmd/wshd/logs", "wshd/cmd/wshd/config", false},
		{"wshd/cmd/wshd/logs", "wshd/host/admin", false},
		{"wshd/cmd/wshd", "wshd/cmd/wshd/logs", false},
		{"wshd/host", "wshd/cmd/wshd/hint", false},
	} {
		if why := wrong(test.from, test.to); (len(why) == 0) != test.ok {
			t.Errorf("%s imports %s: got %v, want ok %v", test.from, test.to, why, test.ok)
		}
	}
}

func TestEveryPackageHasAComment(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}
