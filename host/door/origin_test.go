package door

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"wshd/plugins/wsh/growth"
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
		{"localhost with its dot", "", true, "localhost.:9998", "null", "", true},
		{"a longer loopback name", "", true, "localhost.evil.example:9998", "null", "", false},
		{"null by a proxy that says X-Real-IP", "", true, "localhost:9998", "null", "X-Real-Ip: 1.2.3.4", false},
		{"null by a proxy that says the scheme", "", true, "localhost:9998", "null", "X-Forwarded-Proto: https", false},
		// same
		{"same, no origin", "same", true, "localhost:9998", "-", "", true},
		{"same, the host", "same", true, "localhost:9998", "http://localhost:9998", "", true},
		{"same, null", "same", true, "localhost:9998", "null", "", false},
		{"same, file", "same", true, "localhost:9998", "file://", "", false},
		{"same, another page of this machine", "same", true, "localhost:9998", "http://localhost:3000", "", false},
		{"same and a list", "same,https://a.example", true, "localhost:9998", "https://a.example", "", true},
		// other letters
		{"umlaut", "https://bücher.example", false, "x", "https://xn--bcher-kva.example", "", true},
		{"umlaut, another", "https://bücher.example", false, "x", "https://bucher.example", "", false},
		{"umlaut, capitals", "https://BÜCHER.example", false, "x", "https://xn--bcher-kva.example", "", true},
		{"umlaut, subdomain", "https://*.bücher.example", false, "x", "https://a.xn--bcher-kva.example", "", true},
		{"sharp s", "https://faß.example", false, "x", "https://xn--fa-hia.example", "", true},
		{"Chinese", "https://例子.测试", false, "x", "https://xn--fsqu00a.xn--0zwm56d", "", true},
		{"wide dots and letters", "https://ｅxample。com", false, "x", "https://example.com", "", true},
		{"long IPv6", "http://[0:0:0:0:0:0:0:1]:8080", false, "x", "http://[::1]:8080", "", true},
		{"an extension's", "chrome-extension://abcdefghijklmnop", false, "x", "chrome-extension://abcdefghijklmnop", "", true},
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
			if got, _ := r.allowsOrigin(q, From{}); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestOriginsAreChecked(t *testing.T) {
	for _, entry := range []string{"", "example.com", "https://", "https://a/b", "https://a?b", "https://u@a", "https://a.*.example", "https://*a.example", "://", "Default", "Same", "NULL",
		"https://*.", "https://*..", "https://a..example", "https://.example", "https://a.example:99999", "https://a.example:", "https://a.example:080",
		"wss://a.example", "ws://a.example:8080", "https://1.2.3", "https://0x7f.1", "http://127.1", "https://a_b.é\u200d.example", "https://[fe80::1%25eth0]",
		"https://" + strings.Repeat("a", 64) + ".example", "https://ex%20ample.com"} {
		if err := CheckOrigins([]string{"*", entry}); err == nil || !strings.Contains(err.Error(), strconv.Quote(entry)) {
			t.Errorf("%q: got %v, want an error", entry, err)
		}
	}
}

// A site can have its own name lead to 127.0.0.1, and its page then is of the same host as what listens there.
func TestOnLoopbackOnlyKnownNamesAreTheSameHost(t *testing.T) {
	for _, tt := range []struct {
		name, host, origin, header string
		from                       From
		rules                      Rules
		want                       string
	}{
		{"rebound", "evil.example:9998", "http://evil.example:9998", "", From{Loopback: true}, Rules{Local: true}, "host not known"},
		{"rebound, same", "evil.example", "http://evil.example", "", From{Loopback: true}, Rules{Local: true, Origins: []string{"same"}}, "host not known"},
		{"rebound, beside a public listener", "evil.example", "http://evil.example", "", From{Loopback: true}, Rules{}, "host not known"},
		{"not on loopback", "a.example", "http://a.example", "", From{}, Rules{}, ""},
		{"a loopback name", "app.localhost:9998", "http://app.localhost:9998", "", From{Loopback: true}, Rules{Local: true}, ""},
		{"an address", "[::1]:9998", "http://[::1]:9998", "", From{Loopback: true}, Rules{}, ""},
		{"by a trusted proxy", "a.example", "https://a.example", "", From{Loopback: true, Proxy: true}, Rules{}, ""},
		{"by nginx as printed", "a.example", "https://a.example", "X-Forwarded-For: 192.0.2.1", From{Loopback: true}, Rules{}, ""},
		{"by one that says the scheme", "a.example", "https://a.example", "X-Forwarded-Proto: https", From{Loopback: true}, Rules{}, ""},
		{"by one that says Via", "a.example", "https://a.example", "Via: 1.1 x", From{Loopback: true}, Rules{}, ""},
		{"a name it was given", "A.example:80", "http://a.example", "", From{Loopback: true}, Rules{Names: []string{"a.example"}}, ""},
		{"a name in other letters", "xn--bcher-kva.example", "http://xn--bcher-kva.example", "", From{Loopback: true}, Rules{Names: []string{"Bücher.example"}}, ""},
		{"another name than it was given", "b.example", "http://b.example", "", From{Loopback: true}, Rules{Names: []string{"a.example"}}, "host not known"},
		{"listed", "evil.example", "http://evil.example", "", From{Loopback: true}, Rules{Origins: []string{"default", "http://evil.example"}}, ""},
		{"all", "evil.example", "http://evil.example", "", From{Loopback: true}, Rules{Origins: []string{"*"}}, ""},
		{"no origin", "evil.example", "", "", From{Loopback: true}, Rules{}, ""},
		{"another origin", "evil.example", "http://other.example", "", From{Loopback: true}, Rules{}, "origin not allowed"},
	} {
		q := &http.Request{Host: tt.host, Header: http.Header{}}
		if tt.origin != "" {
			q.Header.Set("Origin", tt.origin)
		}
		if name, value, ok := strings.Cut(tt.header, ": "); ok {
			q.Header.Set(name, value)
		}
		got := ""
		if no := tt.rules.AdmitHandshake(q, tt.from, nil); no != nil {
			got = no.Reason
			if no.Reason == "host not known" {
				for _, way := range []string{"X-Forwarded-For", "trusted_proxies", "," + tt.origin} {
					if !strings.Contains(no.Hint, way) {
						t.Errorf("%s: the hint does not name %s: %s", tt.name, way, no.Hint)
					}
				}
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestRefusedOriginsAreToldWhatToType(t *testing.T) {
	for origin, want := range map[string]string{
		"null": `add "null" to origins in the config, or pass --origins default,null`, "file://": "pass --origins default,null",
		"https://a.example": "pass --origins default,https://a.example",
	} {
		q := request("Origin: " + origin)
		no := (&Rules{}).AdmitHandshake(q, From{}, nil)
		if no == nil || !strings.Contains(no.Hint, want) {
			t.Errorf("%s: got %+v, want %s", origin, no, want)
		}
	}
}

func BenchmarkOrigin(b *testing.B) {
	for _, letter := range []string{"a.", "é"} {
		b.Run(letter, func(b *testing.B) { benchmarkOrigin(b, letter) })
	}
}

func benchmarkOrigin(b *testing.B, letter string) {
	growth.Doubling(b, 1<<8, 1<<15, func(n int) func() {
		long := strings.Repeat(letter, n/2) + "x.example"
		q := &http.Request{Host: long, Header: http.Header{"Origin": {"http://" + long}}}
		r := &Rules{Origins: []string{"default", "https://*.example.com"}}
		return func() { r.AdmitHandshake(q, From{Loopback: true}, nil) }
	})
}

// strangeNames are such as take long to convert: the longer their labels, the longer.
func strangeNames(n int) map[string]string {
	var letters strings.Builder
	for i := 0; letters.Len() < n; i++ {
		letters.WriteRune(rune(0x4e00 + i*37%20000))
	}
	return map[string]string{"letters": letters.String(), "labels": strings.Repeat("é.", n/3) + "e", "ASCII": strings.Repeat("a.", n/2) + "a"}
}

// TestAnOriginIsTakenApartOnce: what a stranger writes there is not worked on for each entry of the list.
func TestAnOriginIsTakenApartOnce(t *testing.T) {
	cost := func(entries int, host string) float64 {
		r := &Rules{Origins: slices.Repeat([]string{"https://a.example"}, entries)}
		q := request("Origin: https://" + host)
		return testing.AllocsPerRun(10, func() { r.allowsOrigin(q, From{}) })
	}
	for name, host := range strangeNames(200) {
		usual := cost(50, "b.example") - cost(1, "b.example")
		if got := cost(50, host) - cost(1, host); got > usual+10 {
			t.Errorf("%s: 49 entries more take %v allocations, and of a usual origin %v", name, got, usual)
		}
	}
}

// TestNamesThatAreTooLongAreNotConverted: it would take time that grows with the square.
func TestNamesThatAreTooLongAreNotConverted(t *testing.T) {
	for name, host := range strangeNames(1000) {
		if _, err := NormalName(host); err == nil || !strings.Contains(err.Error(), "too long") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := NormalName(strings.Repeat("é", 150) + ".example"); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a label: got %v", err)
	}
	if got, err := NormalName(strings.Repeat(strings.Repeat("é", 40)+".", 5) + "example"); err != nil {
		t.Errorf("got %q, %v, want a long name that is one", got, err)
	}
}

func BenchmarkOriginAmongMany(b *testing.B) {
	r := &Rules{Origins: slices.Repeat([]string{"https://a.example"}, 20)}
	for _, name := range []string{"letters", "labels", "ASCII"} {
		b.Run(name, func(b *testing.B) {
			growth.Doubling(b, 64, 1<<12, func(n int) func() {
				q := request("Origin: https://" + strangeNames(n)[name])
				return func() { r.allowsOrigin(q, From{}) }
			})
		})
	}
}
