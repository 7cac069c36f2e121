package door

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

func TestOrigins(t *testing.T) {
	tests := []struct {
		name    string
		origins string // by comma; "" is default
		local   bool
		host    string
		origin  string // "-": none
		header  string // one more
		want    bool
	}{
		// default, row by row
		{"no origin", "", true, "localhost:9998", "-", "", true},
		{"no origin, public", "", false, "example.com", "-", "", true},
		{"same host", "", false, "example.com", "http://example.com", "", true},
		{"same host, TLS at the proxy", "", false, "example.com", "https://example.com", "", true},
		{"same host and port", "", false, "example.com:8080", "http://example.com:8080", "", true},
		{"same host, the scheme's port named", "", false, "example.com:443", "https://example.com", "", true},
		{"same host, capitals", "", false, "Example.COM", "http://example.com", "", true},
		{"same host, another port", "", false, "example.com:8080", "http://example.com", "", false},
		{"another host", "", false, "example.com", "http://evil.example", "", false},
		{"a subdomain", "", false, "example.com", "http://a.example.com", "", false},
		{"a longer name", "", false, "example.com", "http://example.com.evil.example", "", false},
		{"IPv6", "", false, "[2001:db8::1]:80", "http://[2001:db8::1]", "", true},
		{"file page on loopback", "", true, "localhost:9998", "null", "", true},
		{"file page, 127.0.0.1", "", true, "127.0.0.1:9998", "null", "", true},
		{"file page, ::1", "", true, "[::1]:9998", "null", "", true},
		{"file page in Electron", "", true, "localhost:9998", "file://", "", true},
		{"file page in Electron, named", "null", false, "example.com", "file://", "", true},
		{"file page in Electron, public", "", false, "localhost:9998", "file://", "", false},
		{"file page, public", "", false, "localhost:9998", "null", "", false},
		{"null by a proxy on this machine", "", true, "localhost:9998", "null", "X-Forwarded-For: 1.2.3.4", false},
		{"null for a public name", "", true, "example.com", "null", "", false},
		{"loopback page on another port", "", true, "localhost:8080", "http://localhost:9999", "", true},
		{"loopback page by number", "", true, "localhost:8080", "http://127.0.0.1:9999", "", true},
		{"loopback page by ::1", "", true, "localhost:8080", "http://[::1]:9999", "", true},
		{"loopback page of a subdomain", "", true, "localhost:8080", "http://app.localhost", "", true},
		{"loopback page, public", "", false, "example.com", "http://localhost:9999", "", false},
		{"any site on loopback", "", true, "localhost:9998", "https://evil.example", "", false},
		{"localhost as a mere prefix", "", true, "localhost:9998", "http://localhost.evil.example", "", false},
		{"garbage", "", true, "localhost:9998", "garbage", "", false},
		// lists
		{"star", "*", false, "example.com", "https://evil.example", "", true},
		{"star, null", "*", false, "example.com", "null", "", true},
		{"listed", "https://a.example", false, "x", "https://a.example", "", true},
		{"listed, capitals", "https://a.example", false, "x", "HTTPS://A.example", "", true},
		{"listed, default port named", "https://a.example", false, "x", "https://a.example:443", "", true},
		{"another scheme", "https://a.example", false, "x", "http://a.example", "", false},
		{"another port", "https://a.example", false, "x", "https://a.example:8443", "", false},
		{"listed port", "http://a.example:8080", false, "x", "http://a.example:8080", "", true},
		{"wildcard", "https://*.a.example", false, "x", "https://b.c.a.example", "", true},
		{"wildcard is not the name itself", "https://*.a.example", false, "x", "https://a.example", "", false},
		{"wildcard is not a suffix", "https://*.a.example", false, "x", "https://xa.example", "", false},
		{"list without default", "https://a.example", false, "x", "http://x", "", false},
		{"list with default", "https://a.example,default", false, "x", "http://x", "", true},
		{"a list wants an origin", "https://a.example", false, "x", "-", "", false},
		{"null listed", "null", false, "x", "null", "", true},
		{"null not listed", "https://a.example", false, "x", "null", "", false},
		{"two origins", "*,default", false, "x", "http://x", "Origin: http://y", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := &http.Request{Host: tt.host, Header: http.Header{}}
			if tt.origin != "-" {
				q.Header.Set("Origin", tt.origin)
			}
			if name, value, ok := strings.Cut(tt.header, ": "); ok {
				q.Header.Add(name, value)
			}
			r := &Rules{Local: tt.local}
			if tt.origins != "" {
				r.Origins = strings.Split(tt.origins, ",")
			}
			if err := CheckOrigins(r.Origins); err != nil {
				t.Fatal(err)
			}
			if got := r.allowsOrigin(q); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestOriginsAreChecked(t *testing.T) {
	for _, entry := range []string{"", "example.com", "https://", "https://a/b", "https://a?b", "https://u@a", "https://a.*.example", "https://*a.example", "://", "Default"} {
		if err := CheckOrigins([]string{"*", entry}); err == nil || !strings.Contains(err.Error(), strconv.Quote(entry)) {
			t.Errorf("%q: got %v, want an error", entry, err)
		}
	}
}
