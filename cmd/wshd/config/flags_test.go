package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// pywebsocketOptions are those of standalone.py, with what each changes here.
var pywebsocketOptions = []struct {
	args string
	want string // the key and its value
}{
	{"-H 0.0.0.0", "listen [0.0.0.0:9998]"},
	{"--server-host 0.0.0.0", "listen [0.0.0.0:9998]"},
	{"--server_host=::1", "listen [[::1]:9998]"},
	{"-H [::]", "listen [[::]:9998]"},
	{"--server_host=", "listen [localhost:9998]"},
	{"-V example.com", "validation_host example.com"},
	{"--validation-host example.com", "validation_host example.com"},
	{"--validation_host example.com", "validation_host example.com"},
	{"-p 8080", "listen [localhost:8080]"},
	{"-p8080", "listen [localhost:8080]"},
	{"--port=8080", "listen [localhost:8080]"},
	{"-P 8080", "validation_port 8080"},
	{"--validation-port 8080", "validation_port 8080"},
	{"--validation_port 8080", "validation_port 8080"},
	{"-w ../example/", "handlers ../example/"},
	{"--websock-handlers example", "handlers example"},
	{"--websock_handlers example", "handlers example"},
	{"-s example/sub", "scan example/sub"},
	{"--scan-dir example/sub", "scan example/sub"},
	{"--scan_dir example/sub", "scan example/sub"},
	{"--allow-handlers-outside-root-dir", "allow_outside_links true"},
	{"--allow_handlers_outside_root_dir", "allow_outside_links true"},
	{"-w scripts -d example", "document_root example"},
	{"-w scripts --document-root example", "document_root example"},
	{"-w scripts --document_root example", "document_root example"},
	{"-w scripts -d . -x /cgi,/htbin", "cgi [/cgi, /htbin]"},
	{"-w scripts -d . --cgi-paths /cgi", "cgi [/cgi]"},
	{"-w scripts -d . --cgi_paths /cgi", "cgi [/cgi]"},
	{"-t -k key.pem -c cert.pem", "tls.key key.pem"},
	{"--tls --private-key key.pem --certificate cert.pem", "tls.key key.pem"},
	{"--tls --private_key key.pem --certificate cert.pem", "tls.certificate cert.pem"},
	{"-t -k k -c c --tls-client-auth --tls-client-ca ca.pem", "tls.client_auth required"},
	{"-t -k k -c c --tls_client_auth --tls_client_ca ca.pem", "tls.client_ca ca.pem"},
	{"-t -k k -c c --tls-client-auth --tls-client-cert-optional --tls-client-ca ca.pem", "tls.client_auth optional"},
	{"-t -k k -c c --tls-client-auth=optional --tls-client-ca ca.pem", "tls.client_auth optional"},
	{"-l log.txt", "log.file log.txt"},
	{"--log-file log.txt", "log.file log.txt"},
	{"--log_file log.txt", "log.file log.txt"},
	{"--log-level fine", "log.level fine"},
	{"--log_level debug", "log.level debug"},
	{"--log_level info", "log.level info"},
	{"--log_level warning", "log.level warning"},
	{"--log_level warn", "log.level warn"},
	{"--log_level error", "log.level error"},
	{"--log_level critical", "log.level critical"},
	{"--log-max 262144", "log.max_size 256KiB"},
	{"--log_max 262144", "log.max_size 256KiB"},
	{"--log-count 3", "log.backups 3"},
	{"--log_count 3", "log.backups 3"},
}

func TestPywebsocketOptionsAreOurKeys(t *testing.T) {
	for _, tt := range pywebsocketOptions {
		t.Run(tt.args, func(t *testing.T) {
			s, err := settingsOf(t, nil, strings.Fields(tt.args)...)
			if err != nil {
				t.Fatal(err)
			}
			name, want, _ := strings.Cut(tt.want, " ")
			for _, k := range Keys(&s.Config) {
				if k.Name == name && k.String() != want {
					t.Errorf("%s: got %s, want %s", name, k.String(), want)
				}
			}
			if len(s.Warnings) > 0 {
				t.Errorf("warned: %v", s.Warnings)
			}
		})
	}
}

func TestPywebsocketOptionsWithoutMeaningAreWarnedOfOnce(t *testing.T) {
	for _, args := range []string{"-q 5", "--queue 5", "--handler-encoding utf-8", "--handler_encoding utf-8",
		"--deflate-log-level warn", "--deflate_log_level warn", "--thread-monitor-interval-in-sec 5",
		"--thread_monitor_interval_in_sec 5", "-q 5 --queue 6"} {
		s, err := settingsOf(t, nil, strings.Fields(args)...)
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		if len(s.Warnings) != 1 || s.Warnings[0].Reason == "" || !reflect.DeepEqual(s.Config, Defaults()) {
			t.Errorf("%s: got warnings %v", args, s.Warnings)
		}
	}
}

func TestPywebsocketBasicAuth(t *testing.T) {
	for _, tt := range []struct {
		args       string
		credential string
		warnings   int
	}{
		{"--basic-auth", "test:test", 1},
		{"--basic_auth --basic_auth_credential user:pass:word", "user:pass:word", 0},
		{"--basic-auth-credential user:password", "", 0},
	} {
		s, err := settingsOf(t, nil, strings.Fields(tt.args)...)
		if err != nil || s.Credential != tt.credential || len(s.Warnings) != tt.warnings {
			t.Errorf("%s: got %+v, %v", tt.args, s, err)
		}
	}
}

func TestHostAndPortReplaceTheirHalf(t *testing.T) {
	for _, tt := range []struct {
		environ []string
		args    []string
		want    string
	}{
		{nil, []string{"-p", "0"}, "[localhost:0]"},
		{nil, []string{"-H", "0.0.0.0", "-p", "80"}, "[0.0.0.0:80]"},
		{[]string{"WSHD_LISTEN=:9998"}, []string{"-p", "80"}, "[:80]"},
		{[]string{"WSHD_LISTEN=:9998,:9999"}, []string{"-H", "localhost"}, "[localhost:9998, :9999]"},
		{[]string{"WSHD_LISTEN=unix:/a,:9999"}, []string{"-H", "localhost"}, "[unix:/a, localhost:9999]"},
		{[]string{"WSHD_LISTEN=unix:/a,192.0.2.1:443?tls=off,:9999"}, []string{"-p", "8080"}, "[unix:/a, 192.0.2.1:8080, :9999]"},
		{[]string{"WSHD_LISTEN=systemd"}, []string{"-p", "80"}, "[systemd, localhost:80]"},
		{[]string{"WSHD_LISTEN=:9998"}, []string{"--listen", "a:1", "--listen", "b:2,c:3"}, "[a:1, b:2, c:3]"},
	} {
		s, err := settingsOf(t, tt.environ, tt.args...)
		if err != nil {
			t.Fatal(err)
		}
		if got := joinAddresses(s.Listen); got != tt.want {
			t.Errorf("%v %v: got %v, want %v", tt.environ, tt.args, got, tt.want)
		}
	}
}

func TestUnknownVariablesAreWarnedOf(t *testing.T) {
	s, err := settingsOf(t, []string{"WSHD_LISTN=:1", "WSHD_SERVICE_HOST=10.0.0.1", "PATH=/bin"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Warning{
		{"unknown environment variable", `WSHD_LISTN (did you mean "WSHD_LISTEN"?)`},
		{"unknown environment variable", `WSHD_SERVICE_HOST`},
	}
	if !slices.Equal(s.Warnings, want) {
		t.Errorf("got %q, want %q", s.Warnings, want)
	}
}
