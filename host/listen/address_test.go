package listen

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Address
		show string
	}{
		{"localhost:9998", Address{Network: "tcp", Name: "localhost:9998"}, "localhost:9998"},
		{":80?redirect=https", Address{Network: "tcp", Name: ":80", Redirect: "https"}, ":80"},
		{":80?redirect=https://example.com:8443", Address{Network: "tcp", Name: ":80", Redirect: "https://example.com:8443"}, ":80"},
		{"[::1]:0?tls=off", Address{Network: "tcp", Name: "[::1]:0", Plain: true}, "[::1]:0"},
		{"unix:/run/wshd.sock", Address{Network: "unix", Name: "/run/wshd.sock"}, "unix:/run/wshd.sock"},
		{"unix:a.sock?mode=0600&owner=www-data:www-data", Address{Network: "unix", Name: "a.sock", Mode: 0o600, Owner: "www-data:www-data"}, "unix:a.sock"},
		{"localhost:1?proxy_protocol=true", Address{Network: "tcp", Name: "localhost:1", ProxyProtocol: true}, "localhost:1"},
		{"localhost:1?proxy_protocol=false", Address{Network: "tcp", Name: "localhost:1"}, "localhost:1"},
		{"systemd", Address{Network: "systemd"}, "systemd"},
		{"systemd:web", Address{Network: "systemd", Name: "web"}, "systemd:web"},
		{":443?tls.certificate=c.pem&tls.key=c.key&tls.client_ca=ca.pem&tls.client_auth=required&tls.http2=true",
			Address{Network: "tcp", Name: ":443", TLS: TLS{Certificate: "c.pem", Key: "c.key", ClientCA: "ca.pem", ClientAuth: "required", HTTP2: true}}, ":443"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			got, err := Parse(tt.text)
			if err != nil || got != tt.want {
				t.Errorf("got %+v, %v, want %+v", got, err, tt.want)
			}
			if got.String() != tt.show {
				t.Errorf("shown as %s, want %s", got, tt.show)
			}
		})
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", `"" is no address (write localhost:9998, :9998 to serve everybody, unix:/run/wshd.sock or systemd)`},
		{"9998", `"9998" is no address (write localhost:9998, or :9998 to serve everybody)`},
		{"localhost", `"localhost" is no address (write localhost:9998, `},
		{"localhost:http", `"http" is no port (0 to 65535)`},
		{"localhost:65536", `"65536" is no port (0 to 65535)`},
		{"/run/wshd.sock", `"/run/wshd.sock" is no address`},
		{"http://localhost:80", `"http://localhost:80" is no address`},
		{"unix:", "unix: no file (write unix:/run/wshd/wshd.sock)"},
		{"unix:/" + strings.Repeat("x", 107), "at most 107 bytes, this one 108"},
		{"unix:a?mode=9", `unix:a: mode: "9" is no file mode (write 0660)`},
		{"unix:a?mode=01777", `unix:a: mode: "01777" is no file mode (write 0660)`},
		{"unix:a?mode=0", `unix:a: mode: "0" is no file mode (write 0660)`},
		{"unix:a?mode=", "unix:a: mode has no value"},
		{"unix:a?mode=0600&mode=0660", "unix:a: mode stands there twice"},
		{"unix:a?", ""},
		{":80?mode=0600", ":80: mode and owner are for the file of a unix socket"},
		{"systemd?owner=root", "systemd: mode and owner are for the file of a unix socket"},
		{":80?color=red", `:80: unknown option "color" (there are mode, owner, `},
		{":80?redirect=http://example.com", `:80: redirect: "http://example.com" (write https, or where to: https://example.com)`},
		{":80?redirect=https://", `:80: redirect: "https://" (`},
		{":80?redirect=https://a/b", `:80: redirect: "https://a/b" (`},
		{":80?redirect=https://user@a", `:80: redirect: "https://user@a" (`},
		{":80?proxy_protocol=v2", `:80: proxy_protocol: "v2" is neither true nor false`},
		{":80?tls=on", `:80: tls: "on" (write off, or a group with certificate and key)`},
		{":80?tls.certificate=c", ":80: tls: a certificate and its key go together"},
		{":80?tls.client_auth=off", ":80: tls: no certificate and no key"},
		{":80?tls.certificate=c&tls.key=k&tls.client_auth=required", ":80: tls: client_auth: whose client certificates?"},
		{":80?tls.certificate=c&tls.key=k&tls.client_auth=perhaps", `:80: tls: client_auth: "perhaps" is none of`},
		{":80?tls.certificate=c&tls.key=k&tls=off", ":80: tls: off, and yet a certificate"},
		{":80?tls.certificate=c&tls.key=k&redirect=https", ":80: what redirects to HTTPS speaks no TLS itself"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			_, err := Parse(tt.text)
			if tt.want == "" {
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
				return
			}
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) && !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestRelativeFilesAreFoundInAFolder(t *testing.T) {
	a, err := Parse("unix:run/a.sock?tls.certificate=c.pem&tls.key=/etc/c.key")
	if err != nil {
		t.Fatal(err)
	}
	a.Relative("/srv")
	want := Address{Network: "unix", Name: "/srv/run/a.sock", TLS: TLS{Certificate: "/srv/c.pem", Key: "/etc/c.key"}}
	if a != want {
		t.Errorf("got %+v, want %+v", a, want)
	}
	tcp := Address{Network: "tcp", Name: ":80"}
	if tcp.Relative("/srv"); tcp.Name != ":80" {
		t.Errorf("got %v, want :80", tcp)
	}
}
