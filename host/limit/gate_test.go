package limit

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"wshd/plugins/wsh/growth"
)

// gateOf is a gate whose guests are told by name.
type gateOf struct {
	Gate
	t      *testing.T
	bounds Bounds
	now    time.Time
	closed []string
}

func (g *gateOf) enter(name, remote string) (*Guest, string) {
	x, no := g.Enter(Client(remote), g.bounds, g.now, func() { g.closed = append(g.closed, name) })
	switch {
	case no == nil:
		return x, "in"
	case x == nil:
		return nil, fmt.Sprint("out ", no.Status)
	}
	return x, fmt.Sprint("told ", x.Excess.Status)
}

func (g *gateOf) wants(name, remote, want string, closed ...string) *Guest {
	g.t.Helper()
	g.closed = nil
	x, got := g.enter(name, remote)
	if got != want {
		g.t.Fatalf("%s: got %s, want %s", name, got, want)
	}
	if !slices.Equal(g.closed, closed) {
		g.t.Fatalf("%s: closed %v, want %v", name, g.closed, closed)
	}
	return x
}

const one, two, proxy = "192.0.2.1:1", "192.0.2.2:1", ""

func TestOldestIdlePlainConnectionGoes(t *testing.T) {
	g := &gateOf{t: t, bounds: Bounds{Connections: 4}, now: time.Now()}
	socket := g.wants("a", one, "in")
	socket.Busy()
	socket.Opened()
	late := g.wants("late", one, "in")
	late.Busy()
	early := g.wants("early", two, "in")
	early.Busy()
	early.Idle(g.now)
	late.Idle(g.now)
	busy := g.wants("busy", proxy, "in")
	busy.Busy()
	fresh := g.wants("fresh", two, "in", "early")
	fresh2 := g.wants("fresh2", two, "in", "late")
	told := g.wants("too many", two, "told 503")
	told.Leave()
	g.now = g.now.Add(newcomer)
	g.wants("third", two, "in", "fresh")
	for _, x := range []*Guest{socket, late, early, busy, fresh, fresh2} {
		x.Leave()
		x.Idle(g.now) // net/http may tell late
		x.Leave()
	}
	if n := g.Count(); n != 1 {
		t.Errorf("%d are counted, want 1", n)
	}
}

func TestOneClientMakesRoomForItselfOnly(t *testing.T) {
	g := &gateOf{t: t, bounds: Bounds{PerClient: 2}, now: time.Now()}
	other := g.wants("other", two, "in")
	other.Busy()
	other.Idle(g.now)
	idle := g.wants("idle", one, "in")
	idle.Busy()
	idle.Idle(g.now)
	busy := g.wants("busy", one, "in")
	busy.Busy()
	g.wants("busy2", one, "in", "idle").Busy()
	var told []*Guest
	for range maxToldEach {
		told = append(told, g.wants("more", one, "told 429"))
	}
	g.wants("much more", one, "out 429")
	told[0].Leave()
	g.wants("more", one, "told 429")
	for range 100 {
		g.wants("behind a proxy", proxy, "in")
	}
	g.wants("another", two, "in")
}

func TestOneClientHasHalfOfThePlainConnections(t *testing.T) {
	g := &gateOf{t: t, bounds: Bounds{Connections: 100}, now: time.Now()}
	for i := range 50 {
		g.wants(fmt.Sprint(i), one, "in").Busy()
	}
	g.wants("more", one, "told 429")
	x := g.wants("another", two, "in")
	x.Busy()
	x.Opened()
	for range 49 { // WebSockets are for PerClient to bound
		x := g.wants("socket", two, "in")
		x.Busy()
		x.Opened()
	}
	g.wants("full", two, "told 503")
}

func TestARequestNamesTheClientOfAProxy(t *testing.T) {
	g := &gateOf{t: t, bounds: Bounds{PerClient: 1}, now: time.Now()}
	a, b := g.wants("a", proxy, "in"), g.wants("b", proxy, "in")
	for _, x := range []*Guest{a, b} {
		x.Busy()
		if no := x.Name(Client(one), g.bounds, g.now); (no != nil) != (x == b) {
			t.Errorf("got %v", no)
		}
	}
	a.Unname()
	a.Idle(g.now)
	if no := b.Name(Client(one), g.bounds, g.now); no != nil {
		t.Errorf("got %v after the other request, want nothing", no)
	}
	b.Opened()
	if no := a.Name(Client(one), g.bounds, g.now); no == nil || no.Status != 429 {
		t.Errorf("got %v beside a WebSocket, want 429", no)
	}
	if no := a.Name(Client(two), g.bounds, g.now); no != nil {
		t.Errorf("got %v for another client, want nothing", no)
	}
	a.Leave()
	b.Leave()
	if len(g.clients) != 0 || g.Count() != 0 {
		t.Errorf("left: %v, %d", g.clients, g.Count())
	}
}

// TestGateKeepsCount does all that can happen in any order, and counts beside it.
func TestGateKeepsCount(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	g := &gateOf{t: t, bounds: Bounds{Connections: 50, PerClient: 20}, now: time.Now()}
	var guests []*Guest
	remotes := []string{one, two, "192.0.2.3:1", proxy}
	for range 20_000 {
		g.now = g.now.Add(time.Duration(r.IntN(100)) * time.Millisecond)
		if x, _ := g.enter("", remotes[r.IntN(len(remotes))]); x != nil {
			guests = append(guests, x)
		}
		x := guests[r.IntN(len(guests))]
		switch r.IntN(7) {
		case 0:
			x.Busy()
		case 1:
			x.Idle(g.now)
		case 2:
			x.Busy()
			x.Opened()
		case 3:
			x.Name(Client(remotes[r.IntN(len(remotes))]), g.bounds, g.now)
		case 4:
			x.Unname()
		case 5:
			x.Refused()
		case 6:
			x.Leave()
		}
		n := 0
		guests = slices.DeleteFunc(guests, func(x *Guest) bool { return x.gone })
		for _, x := range guests {
			if x.Excess == nil {
				n++
			}
		}
		if n != g.Count() || n > g.bounds.Connections || len(guests)-n > maxTold {
			t.Fatalf("%d are counted, there are %d and %d told", g.Count(), n, len(guests)-n)
		}
	}
	for _, x := range guests {
		x.Leave()
	}
	if len(g.clients) != 0 || g.Count() != 0 || g.told != 0 || g.resting.idle.Len()+g.resting.fresh.Len() != 0 {
		t.Errorf("left: %v, %d, %d", g.clients, g.Count(), g.told)
	}
}

// Each of n connections that come while n others are idle takes the place of one.
func BenchmarkGate(b *testing.B) {
	growth.Doubling(b, 1<<8, 1<<14, func(n int) func() {
		return func() {
			var g Gate
			now := time.Now()
			for i := range 2 * n {
				client := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32)
				x, _ := g.Enter(client, Bounds{Connections: n}, now, func() {})
				if x != nil {
					x.Busy()
					x.Idle(now)
				}
			}
		}
	})
}

func TestWhoIsRefusedCountsNoMore(t *testing.T) {
	g := &gateOf{t: t, bounds: Bounds{Connections: 20, PerClient: 9}, now: time.Now()}
	var guests []*Guest
	for range 9 {
		x := g.wants("x", one, "in")
		x.Busy()
		x.Refused()
		x.Idle(g.now)
		guests = append(guests, x)
	}
	if n := g.Count(); n != 1 {
		t.Errorf("%d are counted, want the one that is too many to be told", n)
	}
	for _, x := range guests {
		x.Leave()
	}
	if len(g.clients) != 0 || g.Count() != 0 || g.told != 0 {
		t.Errorf("left: %v, %d, %d", g.clients, g.Count(), g.told)
	}
}
