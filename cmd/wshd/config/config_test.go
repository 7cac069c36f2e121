package config

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"wshd/cmd/wshd/hint"
	"wshd/host/listen"
)

func TestShippedConfigHasEveryKeyAtItsDefault(t *testing.T) {
	c := Defaults()
	// What the file leaves out must not be taken for its default by accident.
	for _, k := range Keys(&c) {
		reflect.ValueOf(k.value).Elem().SetZero()
	}
	if _, err := readConfigFile("../../../config.yaml", &c); err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Handlers = filepath.Join("../../..", want.Handlers)
	wants := Keys(&want)
	for i, k := range Keys(&c) {
		if got, want := k.String(), wants[i].String(); got != want {
			t.Errorf("%s is %s in config.yaml, want %s", k.Name, got, want)
		}
	}
}

func TestConfigFileSetsEachKindOfValue(t *testing.T) {
	file := writeFile(t, "config.yaml", `
listen: [":80", "localhost:81"]
handlers: /srv/handlers
document_root: public
origins: "*"
aliases: {"/": /echo, /talk: /chat}
allow_outside_links: true
limits:
  message_size: 2KiB
  write_timeout: 1m30s
compression: {threshold: 100}
rooms:
log: {backups: 0}
`)
	c := Defaults()
	from, err := readConfigFile(file, &c)
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Listen = []listen.Address{{Network: "tcp", Name: ":80"}, {Network: "tcp", Name: "localhost:81"}}
	want.Handlers = "/srv/handlers"
	want.DocumentRoot = filepath.Join(filepath.Dir(file), "public")
	want.Origins = []string{"*"}
	want.Aliases = Aliases{{"/", "/echo", file + ":6"}, {"/talk", "/chat", file + ":6"}}
	want.AllowOutsideLinks = true
	want.Limits.MessageSize = 2048
	want.Limits.WriteTimeout = 90 * time.Second
	want.Compression.Threshold = 100
	want.Log.Backups = 0
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v\nwant %+v", c, want)
	}
	if got := from["limits.write_timeout"]; got != file+":10" {
		t.Errorf("got %s, want line 10", got)
	}
}

func TestEmptyConfigFileIsTheDefaults(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "---\n", "---\n# nothing\n", "{}\n"} {
		c := Defaults()
		if _, err := readConfigFile(writeFile(t, "config.yaml", text), &c); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if !reflect.DeepEqual(c, Defaults()) {
			t.Errorf("%q: got %+v", text, c)
		}
	}
}

func TestConfigFileErrorsNameLineAndKey(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"misspelt", "limits:\n  mesage_size: 1MiB\n", `2: unknown key "limits.mesage_size" (did you mean "limits.message_size"?)`},
		{"misspelt at the top", "handler: a\n", `1: unknown key "handler" (did you mean "handlers"?)`},
		{"misspelt group", "limit:\n  message_size: 1MiB\n", `1: unknown key "limit" (did you mean "limits"?)`},
		{"outside its group", "message_size: 1MiB\n", `1: unknown key "message_size" (did you mean "limits.message_size"?)`},
		{"pywebsocket's", "websock_handlers: a\n", `1: unknown key "websock_handlers" (did you mean "handlers"?)`},
		{"pywebsocket's, for half an address", "port: 80\n", `1: unknown key "port" (did you mean "listen"?)`},
		{"like nothing", "xyzzy: 1\n", `1: unknown key "xyzzy"`},
		{"merge key", "<<: {drain: 1s}\n", `1: unknown key "<<"`},
		{"twice", "drain: 1s\nlog: {level: info}\ndrain: 2s\n", `3: key "drain" stands already on line 1`},
		{"twice in a group", "log:\n  level: info\n  level: warn\n", `3: key "log.level" stands already on line 2`},
		{"duration without unit", "drain: 30\n", `1: drain: "30" has no unit (write 30s, or 30m for minutes)`},
		{"no duration", "drain: soon\n", `1: drain: "soon" is no duration (write 500ms, 30s or 5m)`},
		{"negative duration", "drain: -1s\n", `1: drain: "-1s" is negative`},
		{"no size", "limits: {message_size: 1MB}\n", `1: limits.message_size: "1MB" is no size (write 1MiB)`},
		{"size as elsewhere", "limits: {message_size: 64 kb}\n", `1: limits.message_size: "64 kb" is no size (write 64KiB)`},
		{"size of a letter", "limits: {bytes_per_second: 2g}\n", `1: limits.bytes_per_second: "2g" is no size (write 2GiB)`},
		{"no size at all", "limits: {write_buffer: much}\n", `1: limits.write_buffer: "much" is no size (write 1MiB, 64KiB or a number of bytes)`},
		{"duration in words", "drain: 30 seconds\n", `1: drain: "30 seconds" is no duration (write 30s)`},
		{"duration in days", "drain: 1d\n", `1: drain: "1d" is no duration (write 24h)`},
		{"empty auth for a path", "paths:\n  /a: {auth: {}}\n", `2: paths: /a: auth is empty (write auth: none to let everybody in, or auth: {basic: users.txt})`},
		{"no auth for a path", "paths:\n  /b:\n    auth:\n", `3: paths: /b: auth is empty (write auth: none to let everybody in, or auth: {basic: users.txt})`},
		{"one shape of pattern twice", "paths: {\"/r/{a}\": {}, \"/r/{b}\": {}}\n", `1: paths: "/r/{b}" stands there twice`},
		{"pattern that is none", "paths: {\"/r/{a\": {}}\n", `1: paths: "/r/{a" is no pattern: bad wildcard segment (must end with '}')`},
		{"alias of a pattern that is none", "aliases: {\"/r/{a\": /b}\n", `1: aliases: "/r/{a" is no pattern: bad wildcard segment (must end with '}')`},
		{"auth of a word", "auth: basic\n", `1: auth: "basic" is no group of keys (write auth: none to let everybody in, or auth: {basic: users.txt})`},
		{"negative size", "limits: {message_size: -1}\n", `1: limits.message_size: "-1" is negative (0 is no limit)`},
		{"huge size", "limits: {message_size: 9999999999GiB}\n", `1: limits.message_size: "9999999999GiB" is too large`},
		{"huge number", "limits: {message_size: 99999999999999999999}\n", `1: limits.message_size: "99999999999999999999" is too large`},
		{"list for text", "handlers: [a]\n", `1: handlers: holds a list or a group where one value belongs`},
		{"number for text", "handlers: 12\n", `1: handlers: 12 is no text (put it in quotes)`},
		{"no value", "handlers:\n", `1: handlers: has no value`},
		{"number in a list", "listen: [9998]\n", `1: listen: 9998 is no text (put it in quotes)`},
		{"null without quotes", "origins: [default, null]\n", `1: origins: null is nothing, unless it stands in quotes (write "null")`},
		{"null alone", "origins: null\n", `1: origins: null is nothing, unless it stands in quotes (write "null")`},
		{"group for a list", "cgi: {a: b}\n", `1: cgi: is no list of texts (write ["a", "b"])`},
		{"text for yes or no", "compression: {enabled: \"true\"}\n", `1: compression.enabled: "true" is neither true nor false`},
		{"yes for yes or no", "compression: {enabled: yes}\n", `1: compression.enabled: "yes" is neither true nor false (write true)`},
		{"no number", "rooms: {queue: many}\n", `1: rooms.queue: "many" is no number (write digits only, as in 256)`},
		{"octal", "rooms: {queue: 010}\n", `1: rooms.queue: "010" is no plain number (write 10)`},
		{"negative number", "rooms: {queue: -1}\n", `1: rooms.queue: "-1" is negative (write 0 or more)`},
		{"none of", "tls: {client_auth: perhaps}\n", `1: tls.client_auth: "perhaps" is none of off, optional, required`},
		{"value for a group", "log: info\n", `1: log is no group of keys (write key: value on lines of their own)`},
		{"list for the file", "- a\n", `1: the file is no group of keys (write key: value on lines of their own)`},
		{"list of aliases", "aliases: [a]\n", `1: aliases: is no map (write {"/": /echo})`},
		{"alias without slash", "aliases: {/a: echo}\n", `1: aliases: "echo" does not begin with / (both sides are paths: /chat and /rooms/chat)`},
		{"alias twice", "aliases:\n  /a: /b\n  /a: /c\n", `1: aliases: "/a" stands there twice`},
		{"alias of a list", "aliases: {/a: [/b]}\n", `1: aliases: "/a" holds a list or a group where a path belongs`},
		{"second document", "drain: 1s\n---\ndrain: 2s\n", `2: a second document begins here (write one, without ---)`},
		{"tab", "log:\n\tlevel: info\n", `2: a tab stands where blanks belong (indent with blanks only)`},
		{"tab before a list", "listen:\n  - a\n\t- b\n", `3: a tab stands where blanks belong (indent with blanks only)`},
		{"tab after blanks", "log:\n  \tlevel: info\n", `2: a tab stands where blanks belong (indent with blanks only)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := writeFile(t, "config.yaml", tt.text)
			c := Defaults()
			_, err := readConfigFile(file, &c)
			if want := file + ":" + tt.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestConfigFileErrorsComeAllAtOnce(t *testing.T) {
	file := writeFile(t, "config.yaml", "drain: 1\nlog: {level: loud}\nfoo: bar\n")
	c := Defaults()
	_, err := readConfigFile(file, &c)
	if got := len(hint.Lines(err)); got != 3 {
		t.Errorf("got %d errors, want 3: %v", got, err)
	}
}

func TestFlagsWinOverEnvironmentOverFileOverDefaults(t *testing.T) {
	file := writeFile(t, "config.yaml", "drain: 1s\nlimits: {message_size: 1KiB}\nrooms: {queue: 1}\n")
	env := []string{"WSHD_DRAIN=2s", "WSHD_LIMITS_MESSAGE_SIZE=2KiB", "WSHD_LOG_LEVEL="}
	s, err := settingsOf(t, env, "--config", file, "--drain=3s")
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Drain, want.Limits.MessageSize, want.Rooms.Queue = 3*time.Second, 2048, 1
	if !reflect.DeepEqual(s.Config, want) {
		t.Errorf("got %+v\nwant %+v", s.Config, want)
	}
	for key, want := range map[string]string{"drain": "--drain", "limits.message_size": "WSHD_LIMITS_MESSAGE_SIZE", "rooms.queue": file + ":3: rooms.queue", "log.level": "log.level"} {
		if got := s.Where(key); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	s, err = settingsOf(t, []string{"WSHD_CONFIG=" + file})
	if err != nil || s.Drain != time.Second {
		t.Errorf("WSHD_CONFIG: got drain %v, %v", s, err)
	}
}

func TestEveryKeyCanBeSetByVariableAndFlag(t *testing.T) {
	values := map[string]string{"[]string": "a,b", "Aliases": "/=/echo", "Paths": "{/chat: {origins: [a, b]}}", "Histories": "{chat: {messages: 10}}", "string": "x", "bool": "false", "int": "7", "Size": "3MiB", "Duration": "7s"}
	c := Defaults()
	for _, k := range Keys(&c) {
		value := values[reflect.TypeOf(k.value).Elem().Name()]
		if value == "" {
			value = values["[]string"]
		}
		if allowed := strings.Fields(k.tag.Get("oneof")); len(allowed) > 0 {
			value = allowed[len(allowed)-1]
		}
		if k.Name == "listen" {
			value = "systemd,unix:/run/wshd.sock?mode=0600"
		}
		if k.String() == "false" {
			value = "true"
		}
		for _, how := range []struct {
			name    string
			environ []string
			args    []string
		}{
			{"environment", []string{k.Env() + "=" + value}, nil},
			{"flag", nil, []string{"--" + k.Flag() + "=" + value}},
			{"flag with underscores", nil, []string{"--" + strings.ReplaceAll(k.Flag(), "-", "_") + "=" + value}},
		} {
			f, err := ParseFlags(how.args)
			if err != nil {
				t.Errorf("%s by %s: %v", k.Name, how.name, err)
				continue
			}
			s := Settings{Config: Defaults(), from: map[string]string{}}
			if err := s.read(f, environment(how.environ)); err != nil {
				t.Errorf("%s by %s: %v", k.Name, how.name, err)
			}
			if changed := namesOf(Changed(&c, &s.Config)); !slices.Equal(changed, []string{k.Name}) {
				t.Errorf("%s by %s changes %v", k.Name, how.name, changed)
			}
		}
	}
}

func TestWrongValuesNameTheirSource(t *testing.T) {
	for _, tt := range []struct {
		name    string
		environ []string
		args    []string
		want    string
	}{
		{"flag", nil, []string{"--drain", "30"}, `--drain: "30" has no unit (write 30s, or 30m for minutes)`},
		{"variable", []string{"WSHD_DRAIN=30"}, nil, `WSHD_DRAIN: "30" has no unit (write 30s, or 30m for minutes)`},
		{"alias", nil, []string{"--aliases", "/echo"}, `--aliases: "/echo" is no alias (write /=/echo,/chat=/rooms/chat)`},
		{"address", nil, []string{"--listen", "9998"}, `--listen: "9998" is no address (write localhost:9998, or :9998 to serve everybody)`},
		{"port", nil, []string{"-p", "http"}, `--port: "http" is no port (0 to 65535)`},
		{"large port", nil, []string{"-p", "65536"}, `--port: "65536" is no port (0 to 65535)`},
		{"URL for a host", nil, []string{"-H", "ws://x"}, `--server-host: "[ws://x]:9998" is no address: "ws://x" is no host`},
		{"no address", []string{"WSHD_LISTEN=,"}, nil, `WSHD_LISTEN: no address (write localhost:9998)`},
		{"no handlers", nil, []string{"-w", ""}, `--handlers: no folder`},
		{"programs without documents", nil, []string{"-x", "/cgi-bin"}, `--cgi: programs are run from the document root, and none is given (document_root)`},
		{"programs without slash", nil, []string{"-x", "cgi", "-d", "."}, `--cgi: "cgi" does not begin with / (write /cgi-bin)`},
		{"validation host", nil, []string{"-V", "a..b"}, `--validation-host: "a..b" is no name of a host`},
		{"name of the admin side", nil, []string{"--admin-hosts", "a b"}, `--admin-hosts: "a b" is no name of a host (idna: disallowed rune U+0020)`},
		{"redirect to no name", nil, []string{"--listen", "localhost:1?redirect=https://a..b"}, `--listen: localhost:1: redirect: "a..b" is no name of a host`},
		{"no window", nil, []string{"--compression-window", "0"}, `--compression-window: 0 is not between 1KiB and 32KiB (write 4KiB, or context_takeover: false for none)`},
		{"large window", nil, []string{"--compression-window", "33KiB"}, `--compression-window: 33KiB is not between 1KiB and 32KiB (write 4KiB, or context_takeover: false for none)`},
		{"validation port", nil, []string{"-P", "70000"}, `--validation-port: 70000 is no port`},
		{"certificate alone", nil, []string{"-c", "cert.pem"}, `--tls-certificate: a certificate and its key go together`},
		{"key alone", nil, []string{"-k", "key.pem"}, `--tls-key: a certificate and its key go together`},
		{"TLS with nothing", nil, []string{"-t"}, `--tls needs a certificate and its key`},
		{"client certificates without TLS", nil, []string{"--tls-client-auth", "--tls-client-ca", "x"}, `--tls-client-auth: client certificates need TLS (tls.certificate and tls.key)`},
		{"client certificates of whom", nil, []string{"-c", "c", "-k", "k", "--tls-client-auth"}, `--tls-client-auth: whose client certificates? (tls.client_ca is their authority's certificate)`},
		{"optional what", nil, []string{"--tls-client-cert-optional"}, `--tls-client-cert-optional without --tls-client-auth`},
		{"credential", nil, []string{"--basic-auth", "--basic-auth-credential", "x"}, `--basic-auth-credential: no colon (write user:password)`},
		{"both passwords", nil, []string{"--basic-auth", "--auth-basic", "x"}, `--auth-basic: together with --basic-auth (give either)`},
		{"no time at all", nil, []string{"--limits-handshake-timeout", "0"}, `--limits-handshake-timeout: clients may not take forever (write 10s)`},
		{"no queue", nil, []string{"--rooms-queue", "0"}, `--rooms-queue: a member's queue holds at least one message`},
		{"redirection to nowhere", nil, []string{"--listen", ":80?redirect=https,unix:/a"}, `--listen: :80: redirect: to where? (no other address speaks TLS; write redirect: https://example.com)`},
		{"option of an address", nil, []string{"--listen", "unix:/a?mod=0600"}, `--listen: unix:/a: unknown option "mod" (there are mode, owner, proxy_protocol, redirect, tls, tls.certificate, tls.key, tls.client_ca, tls.client_auth, tls.http2)`},
		{"unknown package", nil, []string{"--scripts-imports", "default,ne"}, `--scripts-imports: there is no package ne (did you mean net?)`},
		{"package that stays closed", nil, []string{"--scripts-imports", "plugin"}, `--scripts-imports: package plugin cannot be opened to scripts: it can break the whole host`},
		{"module", nil, []string{"--scripts-imports", "example.com/x"}, `--scripts-imports: there is no package example.com/x in Go's library: modules go into vendor in the handler root, and need not be named`},
		{"both addresses", nil, []string{"--listen", ":1", "-p", "2"}, `--listen together with -H or -p`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := settingsOf(t, tt.environ, tt.args...)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}
