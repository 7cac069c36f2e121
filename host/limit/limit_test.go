package limit

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

func TestClientIsAnAddressOrANetwork(t *testing.T) {
	for _, tt := range []struct{ addr, want string }{
		{"192.0.2.1:80", "192.0.2.1/32"},
		{"192.0.2.1", "192.0.2.1/32"},
		{"[::ffff:192.0.2.1]:80", "192.0.2.1/32"},
		{"[2001:db8:1:2:3:4:5:6]:80", "2001:db8:1:2::/64"},
		{"[fe80::1%eth0]:80", "fe80::/64"},
		{"@", "invalid Prefix"},
		{"", "invalid Prefix"},
	} {
		if got := Client(tt.addr).String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.addr, got, tt.want)
		}
	}
}

func TestCounterKeepsItsBounds(t *testing.T) {
	var c Counter
	a, b, unknown := Client("192.0.2.1:1"), Client("192.0.2.2:1"), Client("")
	all := Bounds{Connections: 5, PerClient: 3}
	chat := Bounds{Group: "/chat", Connections: 3, PerClient: 2}
	var tickets []Ticket
	enter := func(want string, client netip.Prefix, bounds ...Bounds) {
		t.Helper()
		ticket, no := c.Add(client, bounds...)
		got := "in"
		if no != nil {
			got = fmt.Sprint(no.Limit, " ", no.Status, " ", no.RetryAfter)
		} else {
			tickets = append(tickets, ticket)
		}
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	enter("in", a, all, chat)
	enter("in", a, all, chat)
	enter("per_client 429 10", a, all, chat) // of /chat
	enter("in", a, all)
	enter("per_client 429 10", a, all)
	enter("in", b, all, chat)
	enter("connections 503 10", b, all, chat) // of /chat
	enter("in", unknown, all)
	enter("connections 503 10", unknown, all)
	tickets[0].Release()
	enter("in", a, all, chat)
	for _, ticket := range tickets[1:] {
		ticket.Release()
	}
	Ticket{}.Release()
	for range 9 {
		enter("in", unknown, Bounds{PerClient: 3})
	}
	for _, ticket := range tickets[6:] {
		ticket.Release()
	}
	if len(c.groups) != 0 {
		t.Errorf("left behind: %v", c.groups)
	}
}

func TestRatesHoldEachClientToItsOwn(t *testing.T) {
	var r Rates
	a, b := Client("192.0.2.1:1"), Client("192.0.2.2:1")
	now := time.Unix(1e9, 0)
	allowed := func(c netip.Prefix, perSecond, tries int) (n int) {
		for range tries {
			if no := r.Allow(c, perSecond, now); no == nil {
				n++
			} else if no.Limit != HandshakesPerSecond || no.Status != 429 || no.RetryAfter != 1 {
				t.Fatalf("got %+v", no)
			}
		}
		return n
	}
	for _, tt := range []struct {
		after           time.Duration
		client          netip.Prefix
		perSecond, want int
	}{
		{0, a, 3, 3}, {0, a, 3, 0}, {0, b, 3, 3}, {time.Second / 3, a, 3, 1}, {9 * time.Second / 10, a, 3, 2},
		{time.Hour, a, 3, 3}, {0, a, 5, 0}, {time.Second, a, 5, 5}, {0, a, 0, 10}, {0, Client(""), 3, 10},
	} {
		now = now.Add(tt.after)
		if got := allowed(tt.client, tt.perSecond, 10); got != tt.want {
			t.Errorf("%v: got %d, want %d", tt, got, tt.want)
		}
	}
}

func TestRatesForgetClients(t *testing.T) {
	var r Rates
	now := time.Unix(1e9, 0)
	for i := range 5 * maxClients {
		c := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
		r.Allow(c, 1, now)
	}
	if n := len(r.young) + len(r.aged); n > 2*maxClients {
		t.Errorf("%d clients are remembered", n)
	}
	for range 2 {
		now = now.Add(time.Second)
		r.Allow(Client("192.0.2.1"), 1, now)
	}
	if n := len(r.young) + len(r.aged); n > 2 {
		t.Errorf("two seconds later %d clients are remembered, want at most one, twice", n)
	}
}

func TestHitsAreCounted(t *testing.T) {
	var h Hits
	h.Add("a")
	h.Add("b")
	h.Add("a")
	if c := h.Counts(); c["a"] != 2 || c["b"] != 1 {
		t.Errorf("got %v", c)
	}
}
