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

// acceptedOf is an Accepted whose connections have names.
type acceptedOf struct {
	Accepted
	t      *testing.T
	bounds Bounds
	now    time.Time
	closed []string
}

func (g *acceptedOf) enter(name, remote string) (*Connection, string) {
	x, no := g.Add(Client(remote), g.bounds, g.now, func() { g.closed = append(g.closed, name) })
	switch {
	case no == nil:
		return x, "in"
	case x == nil:
		return nil, fmt.Sprint("out ", no.Status)
	}
	return x, fmt.Sprint("refused ", x.Excess.Status)
}

func (g *acceptedOf) wants(name, remote, want string, closed ...string) *Connection {
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
	g := &acceptedOf{t: t, bounds: Bounds{Connections: 4}, now: time.Now()}
	socket := g.wants("a", one, "in")
	socket.Busy()
	socket.Upgraded()
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
	refused := g.wants("too many", two, "refused 503")
	refused.Release()
	g.now = g.now.Add(freshTime)
	g.wants("third", two, "in", "fresh")
	for _, x := range []*Connection{socket, late, early, busy, fresh, fresh2} {
		x.Release()
		x.Idle(g.now) // net/http may tell late
		x.Release()
	}
	if n := g.Count(); n != 1 {
		t.Errorf("%d are counted, want 1", n)
	}
}

func TestOneClientMakesRoomForItselfOnly(t *testing.T) {
	g := &acceptedOf{t: t, bounds: Bounds{PerClient: 2}, now: time.Now()}
	other := g.wants("other", two, "in")
	other.Busy()
	other.Idle(g.now)
	idle := g.wants("idle", one, "in")
	idle.Busy()
	idle.Idle(g.now)
	busy := g.wants("busy", one, "in")
	busy.Busy()
	g.wants("busy2", one, "in", "idle").Busy()
	var refused []*Connection
	for range maxRefusedEach {
		refused = append(refused, g.wants("more", one, "refused 429"))
	}
	g.wants("much more", one, "out 429")
	refused[0].Release()
	g.wants("more", one, "refused 429")
	for range 100 {
		g.wants("behind a proxy", proxy, "in")
	}
	g.wants("another", two, "in")
}

func TestOneClientHasHalfOfThePlainConnections(t *testing.T) {
	g := &acceptedOf{t: t, bounds: Bounds{Connections: 100}, now: time.Now()}
	for i := range 50 {
		g.wants(fmt.Sprint(i), one, "in").Busy()
	}
	g.wants("more", one, "refused 429")
	x := g.wants("another", two, "in")
	x.Busy()
	x.Upgraded()
	for range 49 { // WebSockets are for PerClient to bound
		x := g.wants("socket", two, "in")
		x.Busy()
		x.Upgraded()
	}
	g.wants("full", two, "refused 503")
}

func TestARequestNamesTheClientOfAProxy(t *testing.T) {
	g := &acceptedOf{t: t, bounds: Bounds{PerClient: 1}, now: time.Now()}
	a, b := g.wants("a", proxy, "in"), g.wants("b", proxy, "in")
	for _, x := range []*Connection{a, b} {
		x.Busy()
		if no := x.SetClient(Client(one), g.bounds, g.now); (no != nil) != (x == b) {
			t.Errorf("got %v", no)
		}
	}
	a.ClearClient()
	a.Idle(g.now)
	if no := b.SetClient(Client(one), g.bounds, g.now); no != nil {
		t.Errorf("got %v after the other request, want nothing", no)
	}
	b.Upgraded()
	if no := a.SetClient(Client(one), g.bounds, g.now); no == nil || no.Status != 429 {
		t.Errorf("got %v beside a WebSocket, want 429", no)
	}
	if no := a.SetClient(Client(two), g.bounds, g.now); no != nil {
		t.Errorf("got %v for another client, want nothing", no)
	}
	a.Release()
	b.Release()
	if len(g.clients) != 0 || g.Count() != 0 {
		t.Errorf("left: %v, %d", g.clients, g.Count())
	}
}

// TestAcceptedKeepsCount does all that can happen in any order, and counts beside it.
func TestAcceptedKeepsCount(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	g := &acceptedOf{t: t, bounds: Bounds{Connections: 50, PerClient: 20}, now: time.Now()}
	var conns []*Connection
	remotes := []string{one, two, "192.0.2.3:1", proxy}
	for range 20_000 {
		g.now = g.now.Add(time.Duration(r.IntN(100)) * time.Millisecond)
		if x, _ := g.enter("", remotes[r.IntN(len(remotes))]); x != nil {
			conns = append(conns, x)
		}
		x := conns[r.IntN(len(conns))]
		switch r.IntN(7) {
		case 0:
			x.Busy()
		case 1:
			x.Idle(g.now)
		case 2:
			x.Busy()
			x.Upgraded()
		case 3:
			x.SetClient(Client(remotes[r.IntN(len(remotes))]), g.bounds, g.now)
		case 4:
			x.ClearClient()
		case 5:
			x.Refused()
		case 6:
			x.Release()
		}
		n := 0
		conns = slices.DeleteFunc(conns, func(x *Connection) bool { return x.released })
		for _, x := range conns {
			if x.Excess == nil {
				n++
			}
		}
		if n != g.Count() || n > g.bounds.Connections || len(conns)-n > maxRefused {
			t.Fatalf("%d are counted, there are %d and %d refused", g.Count(), n, len(conns)-n)
		}
	}
	for _, x := range conns {
		x.Release()
	}
	if len(g.clients) != 0 || g.Count() != 0 || g.refused != 0 || g.waiting.idle.Len()+g.waiting.fresh.Len() != 0 {
		t.Errorf("left: %v, %d, %d", g.clients, g.Count(), g.refused)
	}
}

// Each of n connections that come while n others are idle takes the place of one.
func BenchmarkGate(b *testing.B) {
	growth.Doubling(b, 1<<8, 1<<14, func(n int) func() {
		return func() {
			var g Accepted
			now := time.Now()
			for i := range 2 * n {
				client := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32)
				x, _ := g.Add(client, Bounds{Connections: n}, now, func() {})
				if x != nil {
					x.Busy()
					x.Idle(now)
				}
			}
		}
	})
}

func TestWhoIsRefusedCountsNoMore(t *testing.T) {
	g := &acceptedOf{t: t, bounds: Bounds{Connections: 20, PerClient: 9}, now: time.Now()}
	var conns []*Connection
	for range 9 {
		x := g.wants("x", one, "in")
		x.Busy()
		x.Refused()
		x.Idle(g.now)
		conns = append(conns, x)
	}
	if n := g.Count(); n != 1 {
		t.Errorf("%d are counted, want the one that is too many to be refused", n)
	}
	for _, x := range conns {
		x.Release()
	}
	if len(g.clients) != 0 || g.Count() != 0 || g.refused != 0 {
		t.Errorf("left: %v, %d, %d", g.clients, g.Count(), g.refused)
	}
}
