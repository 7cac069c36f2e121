package door

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

// request is one with these headers, "Name: value" each.
func request(headers ...string) *http.Request {
	q := &http.Request{Host: "localhost", RemoteAddr: "127.0.0.1:1234", Header: http.Header{}}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		q.Header.Add(name, value)
	}
	return q
}

func TestNetworks(t *testing.T) {
	for _, tt := range []struct {
		name, networks, remote string
		want                   bool
	}{
		{"none are all", "", "203.0.113.7:1", true},
		{"inside", "10.0.0.0/8", "10.1.2.3:80", true},
		{"outside", "10.0.0.0/8", "11.1.2.3:80", false},
		{"the second", "192.0.2.0/24,10.0.0.0/8", "10.1.2.3:80", true},
		{"one address", "192.0.2.7", "192.0.2.7:80", true},
		{"its neighbour", "192.0.2.7", "192.0.2.8:80", false},
		{"IPv6", "2001:db8::/32", "[2001:db8::1]:80", true},
		{"IPv6 outside", "2001:db8::/32", "[2001:db9::1]:80", false},
		{"IPv6 with a zone", "fe80::/10", "[fe80::1%eth0]:80", true},
		{"IPv4 on an IPv6 socket", "10.0.0.0/8", "[::ffff:10.1.2.3]:80", true},
		{"without a port", "10.0.0.0/8", "10.1.2.3", true},
		{"everything of IPv4", "0.0.0.0/0", "[::1]:80", false},
		{"unix socket", "0.0.0.0/0", "@", false},
		{"unix socket, everybody", "", "@", true},
		{"no address", "0.0.0.0/0", "", false},
		{"no address at all", "0.0.0.0/0", "nonsense:80", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var list []string
			if tt.networks != "" {
				list = strings.Split(tt.networks, ",")
			}
			networks, err := ParseNetworks(list)
			if err != nil {
				t.Fatal(err)
			}
			q := request()
			q.RemoteAddr = tt.remote
			_, no := (&Rules{Networks: networks}).Admit(q)
			if got := no == nil; got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if no != nil && no.Status != http.StatusForbidden {
				t.Errorf("got %d, want 403", no.Status)
			}
		})
	}
}

func TestNetworksAreChecked(t *testing.T) {
	for _, tt := range []struct{ entry, want string }{
		{"", `"" is no network`}, {"office", "no network"}, {"10.0.0.0/33", "no network"}, {"10.0.0/8", "no network"},
		{"10.0.0.0/", "no network"}, {"/8", "no network"}, {"10.0.0.0/-1", "no network"}, {"10.0.0.0/08", "no network"},
		{"10.0.0.0/255.0.0.0", "no network"}, {"fe80::1%eth0", "no network"}, {"fe80::%eth0/10", "no network"}, {"10.0.0.1:80", "no network"},
		{"::ffff:10.0.0.0/104", "write it as IPv4"},
		{"10.1.2.3/8", "write 10.0.0.0/8 for the network, or 10.1.2.3 for the address"},
		{"2001:db8::1/32", "write 2001:db8::/32 for the network"},
	} {
		_, err := ParseNetworks([]string{"127.0.0.1", tt.entry})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %s", tt.entry, err, tt.want)
		}
	}
}

func TestRequiredSubprotocol(t *testing.T) {
	for _, tt := range []struct {
		want, requested []string
		ok              bool
	}{
		{nil, nil, true}, {nil, []string{"a"}, true}, {[]string{"a"}, nil, false}, {[]string{"a"}, []string{"b"}, false},
		{[]string{"a", "b"}, []string{"c", "b"}, true}, {[]string{"a"}, []string{"A"}, false},
	} {
		no := (&Rules{Protocols: tt.want}).AdmitHandshake(request(), From{}, tt.requested)
		if ok := no == nil; ok != tt.ok || no != nil && no.Status != http.StatusForbidden {
			t.Errorf("%q of %q: got %+v, want %v", tt.requested, tt.want, no, tt.ok)
		}
	}
}

// TestRefusalsComeInOrder: each rule is broken, and mended one after the other.
func TestRefusalsComeInOrder(t *testing.T) {
	r := &Rules{
		Networks:  []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		Basic:     OneUser("alice", "secret"),
		Origins:   []string{"https://example.com"},
		Protocols: []string{"v1"},
	}
	q := request("Origin: https://evil.example")
	var got []string
	ask := func(protocols ...string) {
		_, no := r.Admit(q)
		if no == nil {
			no = r.AdmitHandshake(q, From{}, protocols)
		}
		if no == nil {
			no = &Refusal{Reason: "none"}
		}
		got = append(got, no.Reason)
	}
	ask()
	q.RemoteAddr = "10.0.0.1:1"
	ask()
	q.SetBasicAuth("alice", "guess")
	ask()
	q.SetBasicAuth("alice", "secret")
	ask()
	q.Header.Del("Origin")
	ask()
	q.Header.Set("Origin", "https://example.com")
	ask()
	ask("v1")
	want := []string{"address not allowed", "no credentials", "wrong user or password", "origin not allowed", "no origin", "subprotocol not requested", "none"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestChallengesNameWhatWouldDo(t *testing.T) {
	allow := OneUser("nobody", "")
	for _, tt := range []struct {
		name  string
		rules Rules
		want  []string
	}{
		{"password", Rules{Basic: allow}, []string{`Basic realm="Pywebsocket"`}},
		{"token", Rules{Tokens: &Tokens{}}, []string{`Bearer realm="wshd"`}},
		{"either", Rules{Basic: allow, Tokens: &Tokens{}}, []string{`Basic realm="Pywebsocket"`, `Bearer realm="wshd"`}},
	} {
		_, no := tt.rules.Admit(request())
		if no == nil || no.Status != http.StatusUnauthorized || !slices.Equal(no.Header.Values("WWW-Authenticate"), tt.want) {
			t.Errorf("%s: got %+v", tt.name, no)
		}
	}
	_, no := (&Rules{Tokens: &Tokens{}}).Admit(request("Authorization: Bearer x.y.z"))
	if want := `Bearer realm="wshd", error="invalid_token", error_description="token malformed"`; no == nil || no.Header.Get("WWW-Authenticate") != want {
		t.Errorf("got %+v, want %s", no, want)
	}
}
