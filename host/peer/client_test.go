package peer

import (
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"testing"

	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

// proxies are those that the tests trust.
var proxies = must(ParseProxies([]string{"10.0.0.0/8", "2001:db8::/32", "127.0.0.1", "unix"}))

func must(p Proxies, err error) Proxies {
	if err != nil {
		panic(err)
	}
	return p
}

// from makes a request with headers written one to a line.
func from(remote, lines string) *http.Request {
	q := &http.Request{RemoteAddr: remote, Host: "inside:9998", Header: http.Header{}}
	for line := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			q.Header.Add(name, value)
		}
	}
	return q
}

func TestIdentify(t *testing.T) {
	const proxy = "10.0.0.1:4711"
	for _, tt := range []struct {
		name, remote, header string
		addr, host           string // host "": inside:9998
		https                bool
	}{
		{"nobody tells", "192.0.2.1:5", "", "192.0.2.1:5", "", false},
		{"a proxy that tells nothing", proxy, "Via: 1.1 x", proxy, "", false},
		{"empty headers", proxy, "X-Forwarded-For: \nForwarded: ", proxy, "", false},
		{"one proxy", proxy, "X-Forwarded-For: 203.0.113.7", "203.0.113.7:0", "", false},
		{"one proxy, with all", proxy, "X-Forwarded-For: 203.0.113.7\nX-Forwarded-Proto: https\nX-Forwarded-Host: example.com", "203.0.113.7:0", "example.com", true},
		{"a port", proxy, "X-Forwarded-For: 203.0.113.7:99", "203.0.113.7:99", "", false},
		{"IPv6", proxy, "X-Forwarded-For: 2001:db9::1", "[2001:db9::1]:0", "", false},
		{"IPv6 and a port", proxy, "X-Forwarded-For: [2001:db9::1]:99", "[2001:db9::1]:99", "", false},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:5", "X-Forwarded-For: ::ffff:203.0.113.7", "203.0.113.7:0", "", false},
		{"a proxy by IPv6", "[2001:db8::9]:5", "X-Forwarded-For: 203.0.113.7", "203.0.113.7:0", "", false},
		{"a proxy by a unix socket", "@", "X-Forwarded-For: 203.0.113.7", "203.0.113.7:0", "", false},
		{"a client by a unix socket", "@", "", "unix", "", false},
		{"what the client says stands left", proxy, "X-Forwarded-For: 127.0.0.1, nonsense, 203.0.113.7", "203.0.113.7:0", "", false},
		{"and in a header of its own", proxy, "X-Forwarded-For: 127.0.0.1\nX-Forwarded-For: 203.0.113.7", "203.0.113.7:0", "", false},
		{"two proxies", proxy, "X-Forwarded-For: 1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7:0", "", false},
		{"proxies only", proxy, "X-Forwarded-For: 10.0.0.3, 10.0.0.2", "10.0.0.3:0", "", false},
		{"unknown", proxy, "X-Forwarded-For: 10.0.0.3, unknown, 10.0.0.2", "unknown", "", false},
		{"a unix socket in between", proxy, "X-Forwarded-For: 203.0.113.7, unix:", "203.0.113.7:0", "", false},
		{"nothing, as of a unix socket", proxy, "X-Forwarded-For: 203.0.113.7, , 10.0.0.2", "203.0.113.7:0", "", false},
		{"nothing at the end", proxy, "X-Forwarded-For: 203.0.113.7, ", "203.0.113.7:0", "", false},
		{"nothing but commas", proxy, "X-Forwarded-For: ,,", proxy, "", false},
		{"nothing at the start", proxy, "X-Forwarded-For: , 10.0.0.2", "unix", "", false},
		{"a zone", proxy, "X-Forwarded-For: fe80::1%eth0", "[fe80::1%eth0]:0", "", false},
		{"a zone and a port", proxy, "X-Forwarded-For: [fe80::1%eth0.1]:99", "[fe80::1%eth0.1]:99", "", false},
		{"a zone of a proxy", proxy, "X-Forwarded-For: 203.0.113.7, 2001:db8::9%eth0", "203.0.113.7:0", "", false},
		{"a peer with a zone", "[2001:db8::9%eth0]:5", "X-Forwarded-For: 203.0.113.7", "203.0.113.7:0", "", false},
		{"the client's protocol, of two", proxy, "X-Forwarded-For: 203.0.113.7, 10.0.0.2\nX-Forwarded-Proto: https, http\nX-Forwarded-Host: a, b", "203.0.113.7:0", "a", true},
		{"of more than proxies", proxy, "X-Forwarded-For: 203.0.113.7\nX-Forwarded-Proto: https, http", "203.0.113.7:0", "", false},
		{"of fewer", proxy, "X-Forwarded-For: 203.0.113.7, 10.0.0.2\nX-Forwarded-Proto: wss", "203.0.113.7:0", "", true},
		{"the protocol alone", proxy, "X-Forwarded-Proto: HTTPS", proxy, "", true},

		{"Forwarded", proxy, "Forwarded: for=203.0.113.7;proto=https;host=example.com;by=_x", "203.0.113.7:0", "example.com", true},
		{"quoted", proxy, `Forwarded: FOR="[2001:db9::1]:99" ; Host="example.com:8443"`, "[2001:db9::1]:99", "example.com:8443", false},
		{"escaped", proxy, `Forwarded: for="203\.0.113.7"`, "203.0.113.7:0", "", false},
		{"Forwarded with a zone", proxy, `Forwarded: for="[fe80::1%eth0]:99"`, "[fe80::1%eth0]:99", "", false},
		{"Forwarded for nobody", proxy, "Forwarded: proto=https", proxy, "", true},
		{"Forwarded for nobody, by the last", proxy, "Forwarded: for=127.0.0.1, proto=https", proxy, "", true},
		{"Forwarded, and nothing", proxy, "Forwarded: for=203.0.113.7;proto=https, ,for=10.0.0.2", "203.0.113.7:0", "", true},
		{"Forwarded by two", proxy, `Forwarded: for=1.1.1.1;proto=http, for=203.0.113.7;proto=https;host=a, for=10.0.0.2;host=b`, "203.0.113.7:0", "a", true},
		{"on two lines", proxy, "Forwarded: for=1.1.1.1\nForwarded: for=203.0.113.7", "203.0.113.7:0", "", false},
		{"made up", proxy, "Forwarded: for=_hidden", "unknown", "", false},
		{"made up, with a port", proxy, `Forwarded: for="_hidden:80"`, "unknown", "", false},
		{"a port made up", proxy, `Forwarded: for="203.0.113.7:_web"`, "203.0.113.7:0", "", false},
		{"both, agreeing", proxy, `Forwarded: for="203.0.113.7:99"` + "\nX-Forwarded-For: 203.0.113.7\nX-Forwarded-Proto: https", "203.0.113.7:0", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := from(tt.remote, tt.header)
			ignored, err := proxies.Identify(q)
			if err != nil || ignored {
				t.Fatalf("got ignored %v, %v", ignored, err)
			}
			if tt.host == "" {
				tt.host = "inside:9998"
			}
			if q.RemoteAddr != tt.addr || q.Host != tt.host || (q.TLS != nil) != tt.https {
				t.Errorf("got %s, host %s, TLS %v, want %s, %s, %v", q.RemoteAddr, q.Host, q.TLS != nil, tt.addr, tt.host, tt.https)
			}
		})
	}
}

func TestHeadersFromElsewhereAreIgnored(t *testing.T) {
	for _, header := range []string{"X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: a", "Forwarded: for=127.0.0.1", "X-Forwarded-For: nonsense"} {
		for _, tt := range []struct {
			p      Proxies
			remote string
			want   string
		}{
			{proxies, "192.0.2.1:5", "192.0.2.1:5"},
			{proxies, "127.0.0.2:5", "127.0.0.2:5"},
			{Proxies{}, "127.0.0.1:5", "127.0.0.1:5"},
			{Proxies{}, "@", "unix"},
		} {
			q := from(tt.remote, header)
			ignored, err := tt.p.Identify(q)
			if err != nil || !ignored || q.RemoteAddr != tt.want || q.Host != "inside:9998" || q.TLS != nil {
				t.Errorf("%s from %s: got %s, %s, ignored %v, %v", header, tt.remote, q.RemoteAddr, q.Host, ignored, err)
			}
		}
	}
}

func TestMalformedHeadersAreRefused(t *testing.T) {
	for _, tt := range []struct{ name, header, want string }{
		{"no address", "X-Forwarded-For: me", `X-Forwarded-For: "me" is no address`},
		{"behind a trusted one", "X-Forwarded-For: me, 10.0.0.2", `X-Forwarded-For: "me" is no address`},
		{"port too large", "X-Forwarded-For: 203.0.113.7:65536", `"203.0.113.7:65536" is no address`},
		{"no port", "X-Forwarded-For: 203.0.113.7:", `"203.0.113.7:" is no address`},
		{"half a bracket", "X-Forwarded-For: [::1", `"[::1" is no address`},
		{"brackets around IPv4", "X-Forwarded-For: [203.0.113.7]:80", `is no address`},
		{"zone of no interface", "X-Forwarded-For: fe80::1%a b", `is no address`},
		{"zone of IPv4", "X-Forwarded-For: 203.0.113.7%eth0", `is no address`},
		{"leading zeros", "X-Forwarded-For: 010.0.0.1", `is no address`},
		{"quotes", `X-Forwarded-For: "203.0.113.7"`, `is no address`},
		{"network", "X-Forwarded-For: 203.0.113.0/24", `is no address`},
		{"protocol", "X-Forwarded-Proto: gopher", `the client's protocol "gopher" is neither http nor https`},
		{"host", "X-Forwarded-Host: a/b", `the client's host "a/b" is none`},
		{"host with a space", "X-Forwarded-Host: a b", `the client's host "a b" is none`},
		{"long host", "X-Forwarded-Host: " + strings.Repeat("a", 256), "is none"},
		{"Forwarded for nonsense", "Forwarded: for=me", `header Forwarded: for="me" is no address`},
		{"no pair", "Forwarded: for", `header Forwarded: "for" is no name=value`},
		{"no value", "Forwarded: for=", `header Forwarded: for has no value`},
		{"no name", "Forwarded: =1", `header Forwarded: "=1" is no name=value`},
		{"unquoted port", "Forwarded: for=203.0.113.7:99", `header Forwarded: ":99" where ; or , belongs`},
		{"twice", "Forwarded: for=1.1.1.1;For=2.2.2.2", "header Forwarded: for stands twice in an element"},
		{"open quotes", `Forwarded: for="1.1.1.1`, "header Forwarded: the quotes of for do not end"},
		{"quotes left open by the client", "Forwarded: for=1.1.1.1;by=\"\nForwarded: for=\"203.0.113.7\"", `header Forwarded: "203.0.113.7\"" where ; or , belongs`},
		{"the two disagree", "Forwarded: for=1.1.1.1\nX-Forwarded-For: 203.0.113.7", `X-Forwarded-For says "203.0.113.7" and Forwarded "1.1.1.1": a proxy must remove the headers that it does not write`},
		{"on the protocol", "Forwarded: for=1.1.1.1;proto=https\nX-Forwarded-Proto: http", `X-Forwarded-Proto says "http" and Forwarded "https"`},
		{"on the host", "Forwarded: for=1.1.1.1;host=a\nX-Forwarded-Host: b", `X-Forwarded-Host says "b" and Forwarded "a"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := from("10.0.0.1:5", tt.header)
			q.TLS = &tls.ConnectionState{}
			_, err := proxies.Identify(q)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if q.RemoteAddr != "10.0.0.1:5" || q.Host != "inside:9998" || q.TLS == nil {
				t.Errorf("the request was changed: %+v", q)
			}
		})
	}
}

// TLS between the proxy and the host says nothing of the client's.
func TestProxyWithTLSForAClientWithout(t *testing.T) {
	q := from("10.0.0.1:5", "X-Forwarded-For: 203.0.113.7\nX-Forwarded-Proto: http")
	q.TLS = &tls.ConnectionState{}
	if _, err := proxies.Identify(q); err != nil || q.TLS != nil {
		t.Errorf("got TLS %v, %v, want none", q.TLS, err)
	}
}

func TestParseProxies(t *testing.T) {
	for _, tt := range []struct{ entry, want string }{
		{"10.0.0.0/8", ""}, {"192.0.2.1", ""}, {"::1", ""}, {"2001:db8::/32", ""}, {"0.0.0.0/0", ""}, {"unix", ""},
		{"10.0.0.0/33", `"10.0.0.0/33" is no network`},
		{"Unix", `"Unix" is no network`},
		{"", `"" is no network`},
		{"10.0.0.1/8", "10.0.0.0/8 for the network"},
	} {
		t.Run(tt.entry, func(t *testing.T) {
			_, err := ParseProxies([]string{"127.0.0.1", tt.entry})
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestTrusts(t *testing.T) {
	for _, tt := range []struct {
		addr net.Addr
		want bool
	}{
		{&net.TCPAddr{IP: net.ParseIP("10.1.2.3")}, true},
		{&net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Zone: "eth0"}, true},
		{&net.TCPAddr{IP: net.ParseIP("11.1.2.3")}, false},
		{&net.UnixAddr{Name: "@"}, true},
		{&net.UDPAddr{IP: net.ParseIP("10.1.2.3")}, false},
		{nil, false},
	} {
		if got := proxies.Trusts(tt.addr); got != tt.want {
			t.Errorf("%v: got %v, want %v", tt.addr, got, tt.want)
		}
	}
	if new(Proxies).Trusts(&net.UnixAddr{}) {
		t.Error("the zero value trusts")
	}
}

// Where unix sockets are not trusted, what an empty element hides is not believed.
func TestNothingIsNobodyWhereUnixSocketsAreNotTrusted(t *testing.T) {
	p, err := ParseProxies([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{"X-Forwarded-For: 127.0.0.1, ", "X-Forwarded-For: 127.0.0.1, , 10.0.0.2", "Forwarded: for=127.0.0.1,"} {
		q := from("10.0.0.1:1", header)
		if _, err := p.Identify(q); err != nil || q.RemoteAddr != Unix {
			t.Errorf("%s: got %s, %v, want %s", header, q.RemoteAddr, err, Unix)
		}
	}
}
