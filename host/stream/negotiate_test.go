package stream

import (
	"testing"

	"wshd/plugins/wsh"
)

func TestNegotiate(t *testing.T) {
	for _, test := range []struct {
		name   string
		offers []wsh.Extension
		want   string
	}{
		{"nothing", nil, ""},
		{"another extension", []wsh.Extension{{Name: "foo"}}, ""},
		{"names have a case", []wsh.Extension{{Name: "PERMESSAGE-DEFLATE"}}, ""},
		{"plain", []wsh.Extension{{Name: "foo"}, pmd}, "permessage-deflate"},
		{"server_no_context_takeover", []wsh.Extension{with("server_no_context_takeover")}, "permessage-deflate; server_no_context_takeover"},
		{"server_no_context_takeover with a value", []wsh.Extension{with("server_no_context_takeover=1")}, ""},
		{"client_no_context_takeover", []wsh.Extension{with("client_no_context_takeover")}, "permessage-deflate; client_no_context_takeover"},
		{"client_no_context_takeover with a value", []wsh.Extension{with("client_no_context_takeover=x")}, ""},
		{"window of 15 bits", []wsh.Extension{with("server_max_window_bits=15")}, "permessage-deflate; server_max_window_bits=15"},
		{"window of 14 bits", []wsh.Extension{with("server_max_window_bits=14")}, "permessage-deflate; server_max_window_bits=14"},
		{"window of 8 bits", []wsh.Extension{with("server_max_window_bits=8")}, "permessage-deflate; server_max_window_bits=8"},
		{"window of 7 bits", []wsh.Extension{with("server_max_window_bits=7")}, ""},
		{"window without bits", []wsh.Extension{with("server_max_window_bits")}, ""},
		{"window of 16 bits", []wsh.Extension{with("server_max_window_bits=16")}, ""},
		{"window of 015 bits", []wsh.Extension{with("server_max_window_bits=015")}, ""},
		{"window in spaces", []wsh.Extension{with("server_max_window_bits= 15")}, ""},
		{"client window", []wsh.Extension{with("client_max_window_bits")}, "permessage-deflate; client_max_window_bits=12"},
		{"client window of 8 bits", []wsh.Extension{with("client_max_window_bits=8")}, "permessage-deflate"},
		{"client window of 12 bits", []wsh.Extension{with("client_max_window_bits=12")}, "permessage-deflate"},
		{"client window of 13 bits", []wsh.Extension{with("client_max_window_bits=13")}, "permessage-deflate; client_max_window_bits=12"},
		{"client window of 7 bits", []wsh.Extension{with("client_max_window_bits=7")}, ""},
		{"client window of 16 bits", []wsh.Extension{with("client_max_window_bits=16")}, ""},
		{"client window of 08 bits", []wsh.Extension{with("client_max_window_bits=08")}, ""},
		{"client window of +9 bits", []wsh.Extension{with("client_max_window_bits=+9")}, ""},
		{"unknown parameter", []wsh.Extension{with("foo")}, ""},
		{"a parameter twice", []wsh.Extension{with("server_no_context_takeover", "server_no_context_takeover")}, ""},
		{"all, in our order", []wsh.Extension{with("client_no_context_takeover", "server_no_context_takeover", "server_max_window_bits=15", "client_max_window_bits=10")},
			"permessage-deflate; server_max_window_bits=15; server_no_context_takeover; client_no_context_takeover"},
		{"a client window without context takeover", []wsh.Extension{with("client_no_context_takeover", "client_max_window_bits")}, "permessage-deflate; client_no_context_takeover"},
		{"a bad one, then a good one", []wsh.Extension{with("foo"), pmd}, "permessage-deflate"},
		{"the first of two", []wsh.Extension{with("server_no_context_takeover"), pmd}, "permessage-deflate; server_no_context_takeover"},
	} {
		t.Run(test.name, func(t *testing.T) {
			check := func(conf Config, want string) {
				t.Helper()
				got := ""
				for _, e := range New(nil, nil, conf).Negotiate(test.offers) {
					got += e.String()
				}
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			check(deflateConf, test.want)
			check(Config{ContextTakeover: true}, "")
		})
	}
}

func TestNegotiateWithoutContextTakeover(t *testing.T) {
	got := New(nil, nil, Config{Compression: true}).Negotiate([]wsh.Extension{pmd})
	if len(got) != 1 || got[0].String() != "permessage-deflate; server_no_context_takeover; client_no_context_takeover" {
		t.Errorf("got %v", got)
	}
	c := New(nil, nil, deflateConf)
	c.DisableCompression()
	if got := c.Negotiate([]wsh.Extension{pmd}); got != nil {
		t.Errorf("disabled: got %v", got)
	}
}
