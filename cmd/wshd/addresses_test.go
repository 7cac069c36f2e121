package main

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
		if got := s.tlsOf(s.Listen[i]).Certificate; got != want {
			t.Errorf("%s: got the certificate %q, want %q", s.Listen[i], got, want)
		}
	}
	if got := s.tlsOf(listen.Address{Network: "systemd"}).Certificate; got != dir+"/all.pem" {
		t.Errorf("systemd: got the certificate %q, want that of all", got)
	}
}
