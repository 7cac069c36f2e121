package listen

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

// fed is a connection on which bytes have come, and then nothing: the peer has gone or, if it stays,
// only a deadline ends the wait.
type fed struct {
	net.Conn
	peer  net.Addr
	in    *bytes.Reader
	step  int // bytes at a time; 0: all
	stays bool
}

func (f *fed) Read(p []byte) (int, error) {
	if f.in.Len() == 0 && f.stays {
		return 0, os.ErrDeadlineExceeded
	}
	if f.step > 0 {
		p = p[:min(f.step, len(p))]
	}
	return f.in.Read(p)
}

func (f *fed) RemoteAddr() net.Addr             { return f.peer }
func (f *fed) SetReadDeadline(time.Time) error  { return nil }
func (f *fed) Accept() (net.Conn, error)        { return f, nil }
func (f *fed) Close() error                     { return nil }
func (f *fed) Addr() net.Addr                   { return f.peer }
func (f *fed) SetDeadline(time.Time) error      { return nil }
func (f *fed) SetWriteDeadline(time.Time) error { return nil }

var (
	trustedPeer = &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1}
	anyPeer     = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1}
)

// told counts what a Proxy tells.
type told struct {
	ignored int
	refused error
}

// accept makes f a connection whose PROXY header is looked for.
func accept(f *fed) (net.Conn, *told) {
	n := &told{}
	l := &proxyListener{f, &Proxy{
		Trusts:  func(a net.Addr) bool { return a == trustedPeer },
		Ignored: func(net.Addr) { n.ignored++ },
		Refused: func(_ net.Addr, err error) { n.refused = err },
		Timeout: time.Minute,
	}}
	c, _ := l.Accept()
	return c, n
}

// v2 is a header of version 2.
func v2(source, destination net.Addr) string {
	b, err := proxyproto.HeaderProxyFromAddrs(2, source, destination).Format()
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestProxyHeader(t *testing.T) {
	client, host := &net.TCPAddr{IP: net.ParseIP("203.0.113.7"), Port: 99}, &net.TCPAddr{IP: net.ParseIP("10.0.0.2"), Port: 80}
	client6, host6 := &net.TCPAddr{IP: net.ParseIP("2001:db8::7"), Port: 99}, &net.TCPAddr{IP: net.ParseIP("2001:db8::2"), Port: 80}
	const four, get = "PROXY TCP4 203.0.113.7 10.0.0.2 99 80\r\n", "GET / HTTP/1.1\r\n\r\n"
	long := "PROXY UNKNOWN " + strings.Repeat("x", 200) + "\r\n"
	for _, tt := range []struct {
		name, in string
		peer     net.Addr
		from     string // RemoteAddr
		ignored  int
		refused  string
	}{
		{"version 1", four, trustedPeer, "203.0.113.7:99", 0, ""},
		{"version 1, IPv6", "PROXY TCP6 2001:db8::7 2001:db8::2 99 80\r\n", trustedPeer, "[2001:db8::7]:99", 0, ""},
		{"version 1, of the proxy itself", "PROXY UNKNOWN\r\n", trustedPeer, "10.0.0.1:1", 0, ""},
		{"version 2", v2(client, host), trustedPeer, "203.0.113.7:99", 0, ""},
		{"version 2, IPv6", v2(client6, host6), trustedPeer, "[2001:db8::7]:99", 0, ""},
		{"version 2, of the proxy itself", v2(nil, nil), trustedPeer, "10.0.0.1:1", 0, ""},
		{"version 2, a unix socket", v2(&net.UnixAddr{Net: "unix", Name: "/a"}, &net.UnixAddr{Net: "unix", Name: "/b"}), trustedPeer, "/a", 0, ""},
		{"from elsewhere", four, anyPeer, "192.0.2.1:1", 1, ""},
		{"version 2 from elsewhere", v2(client, host), anyPeer, "192.0.2.1:1", 1, ""},
		{"a client without a proxy", "", anyPeer, "192.0.2.1:1", 0, ""},

		{"none, of a proxy", "", trustedPeer, "10.0.0.1:1", 0, "signature not present"},
		{"wrong family", "PROXY TCP4 2001:db8::7 10.0.0.2 99 80\r\n", trustedPeer, "10.0.0.1:1", 0, "invalid address"},
		{"no address", "PROXY TCP4 me you 99 80\r\n", trustedPeer, "10.0.0.1:1", 0, "invalid address"},
		{"no port", "PROXY TCP4 203.0.113.7 10.0.0.2 99999 80\r\n", trustedPeer, "10.0.0.1:1", 0, "invalid port"},
		{"too few", "PROXY TCP4 203.0.113.7\r\n", trustedPeer, "10.0.0.1:1", 0, "address family"},
		{"no protocol", "PROXY\r\n", trustedPeer, "10.0.0.1:1", 0, "address family"},
		{"another protocol", "PROXY UDP4 203.0.113.7 10.0.0.2 99 80\r\n", trustedPeer, "10.0.0.1:1", 0, "address family"},
		{"no end", "PROXY TCP4 203.0.113.7 10.0.0.2 99 80\n", trustedPeer, "10.0.0.1:1", 0, "must end"},
		{"too long", long, trustedPeer, "10.0.0.1:1", 0, "107 bytes"},
		{"too long, from elsewhere", long, anyPeer, "192.0.2.1:1", 0, "107 bytes"},
		{"version 2 cut off", v2(client, host)[:20], trustedPeer, "10.0.0.1:1", 0, "invalid"},
		{"version 3", v2(client, host)[:12] + "\x31" + v2(client, host)[13:], trustedPeer, "10.0.0.1:1", 0, "unsupported"},
		{"datagrams", v2(&net.UDPAddr{IP: client.IP, Port: 9}, &net.UDPAddr{IP: host.IP, Port: 9}), trustedPeer, "10.0.0.1:1", 0, "no client of a stream"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rest := get + strings.Repeat("x", 300)
			if tt.refused != "" && strings.HasSuffix(tt.name, "cut off") {
				rest = ""
			}
			c, n := accept(&fed{peer: tt.peer, in: bytes.NewReader([]byte(tt.in + rest))})
			if got := c.RemoteAddr().String(); got != tt.from {
				t.Errorf("from %s, want %s", got, tt.from)
			}
			got, err := io.ReadAll(c)
			if tt.refused != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refused) || !errors.Is(n.refused, err) || len(got) > 0 {
					t.Errorf("got %q, %v (told %v), want %s", got, err, n.refused, tt.refused)
				}
				return
			}
			if c.(*proxied).Plain() == c {
				t.Error("it is not plain, though all that came with the header is read")
			}
			if err != nil || n.refused != nil || string(got) != rest || n.ignored != tt.ignored {
				t.Errorf("got %q, %v, refused %v, ignored %d, want %q and %d", got, err, n.refused, n.ignored, rest, tt.ignored)
			}
		})
	}
}

func TestWhatCameWithTheHeaderIsNotLost(t *testing.T) {
	c, _ := accept(&fed{peer: trustedPeer, in: bytes.NewReader([]byte("PROXY UNKNOWN\r\nGET"))})
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	plain := c.(*proxied).Plain()
	if got, err := io.ReadAll(plain); string(got) != "ET" || err != nil {
		t.Errorf("got %q, %v, want the rest", got, err)
	}
}

func TestProxyThatSaysNothing(t *testing.T) {
	c, n := accept(&fed{peer: trustedPeer, in: bytes.NewReader(nil), stays: true})
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, proxyproto.ErrNoProxyProtocol) || n.refused == nil {
		t.Errorf("got %v, want that there is no header", err)
	}
}

// FuzzProxyHeader has trusted and other peers send anything: what follows the header comes through as
// it was sent, and who the client is only a trusted peer decides.
func FuzzProxyHeader(f *testing.F) {
	client, host := &net.TCPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 99}, &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 80}
	for _, seed := range []string{
		"", "GET / HTTP/1.1\r\n\r\n", "PROXY TCP4 203.0.113.7 10.0.0.2 99 80\r\nGET", "PROXY UNKNOWN\r\n", "PROXY", "P",
		v2(client, host) + "GET", v2(nil, nil), v2(client, host)[:15], "\r\n\r\n\x00", "PROXY TCP6 ::1 ::2 0 65535\r\n\r\n",
	} {
		f.Add([]byte(seed), 0)
		f.Add([]byte(seed), 5)
	}
	f.Fuzz(func(t *testing.T, in []byte, step int) {
		for _, peer := range []net.Addr{trustedPeer, anyPeer} {
			c, n := accept(&fed{peer: peer, in: bytes.NewReader(in), step: max(0, step)})
			from := c.RemoteAddr()
			if from == nil || from.String() != c.RemoteAddr().String() {
				t.Fatalf("from %v, and then %v", from, c.RemoteAddr())
			}
			got, err := io.ReadAll(c)
			switch {
			case (err == nil) != (n.refused == nil):
				t.Fatalf("read %v, told %v", err, n.refused)
			case !bytes.HasSuffix(in, got), err != nil && len(got) > 0:
				t.Fatalf("got %q and %v of %q", got, err, in)
			case peer == anyPeer && from != peer, err != nil && from != peer:
				t.Fatalf("got %v, want %v (%v)", from, peer, err)
			case peer == trustedPeer && err == nil && len(got) == len(in):
				t.Fatalf("a proxy without a header was let in: %q", in)
			case peer == anyPeer && err == nil && (len(got) == len(in)) != (n.ignored == 0):
				t.Fatalf("got %q of %q, and %d ignored", got, in, n.ignored)
			}
		}
	})
}
