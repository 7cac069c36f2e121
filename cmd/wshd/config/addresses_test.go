package config

import (
	"path/filepath"
	"slices"
	"testing"

	"wshd/host/listen"
)

func TestAddressesInTheConfigFile(t *testing.T) {
	file := writeFile(t, "config.yaml", `
listen:
  - :80?redirect=https
  - {address: "unix:run/a.sock", mode: 0600, owner: ":www-data"}
  - address: :443
    tls: {certificate: c.pem, key: /etc/c.key}
  - {address: "localhost:9998", tls: off}
tls: {certificate: all.pem, key: all.key}
`)
	s, err := settingsOf(t, nil, "--config", file)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(file)
	want := []listen.Address{
		{Network: "tcp", Name: ":80", Redirect: "https"},
		{Network: "unix", Name: dir + "/run/a.sock", Mode: 0o600, Owner: ":www-data"},
		{Network: "tcp", Name: ":443", TLS: listen.TLS{Certificate: dir + "/c.pem", Key: "/etc/c.key"}},
		{Network: "tcp", Name: "localhost:9998", Plain: true},
	}
	if !slices.Equal(s.Listen, want) {
		t.Errorf("got %+v\nwant %+v", s.Listen, want)
	}
	for i, want := range []string{"", "", dir + "/c.pem", ""} {
		if got := s.TLSOf(s.Listen[i]).Certificate; got != want {
			t.Errorf("%s: got the certificate %q, want %q", s.Listen[i], got, want)
		}
	}
	if got := s.TLSOf(listen.Address{Network: "systemd"}).Certificate; got != dir+"/all.pem" {
		t.Errorf("systemd: got the certificate %q, want that of all", got)
	}
}

func TestWrongAddressesInTheConfigFile(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"address without one", "listen:\n- :80\n- {mode: \"0600\"}\n", `1: listen: an address on line 3 has none (write address: localhost:9998)`},
		{"address with a list", "listen: {address: \"unix:/a\", mode: [1]}\n", `1: listen: mode holds a list or a group where one value belongs`},
		{"address with a key twice", "listen: {address: \":80\", address: \":81\"}\n", `1: listen: address stands there twice`},
		{"address with an unknown key", "listen: {address: \":80\", tls: {cert: c}}\n", `1: listen: :80: unknown option "tls.cert" (there are mode, owner, proxy_protocol, redirect, tls, tls.certificate, tls.key, tls.client_ca, tls.client_auth, tls.http2)`},
		{"address with half a certificate", "listen: {address: \":80\", tls: {key: k}}\n", `1: listen: :80: tls: a certificate and its key go together`},
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
