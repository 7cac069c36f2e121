package limit

import (
	"math"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxClients bounds each of the two generations that a Rates remembers.
const maxClients = 32 << 10

// Rates bounds how often each client may begin a handshake. The zero value is ready for use.
//
// It remembers clients in two generations: a client that has not come for a second may use its whole rate
// again, and so can be forgotten. If more clients come in a second than may be remembered, the earliest are
// forgotten too soon.
type Rates struct {
	mu          sync.Mutex
	young, aged map[netip.Prefix]*rate.Limiter
	turned      time.Time // when young was begun
}

// Allow counts a handshake of a client that may begin perSecond of them, all of which may come at once; 0: any
// number. It returns the limit if that is exceeded.
func (r *Rates) Allow(client netip.Prefix, perSecond int, now time.Time) *Excess {
	if perSecond <= 0 || !client.IsValid() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.limiter(client, perSecond, now)
	if l.AllowN(now, 1) {
		return nil
	}
	wait := (1 - l.TokensAt(now)) / float64(perSecond)
	return &Excess{Limit: HandshakesPerSecond, Status: http.StatusTooManyRequests, RetryAfter: int(math.Ceil(wait))}
}

func (r *Rates) limiter(client netip.Prefix, perSecond int, now time.Time) *rate.Limiter {
	if r.young == nil || len(r.young) >= maxClients || now.Sub(r.turned) >= time.Second {
		r.young, r.aged, r.turned = map[netip.Prefix]*rate.Limiter{}, r.young, now
	}
	l := r.young[client]
	if l == nil {
		if l = r.aged[client]; l == nil {
			l = rate.NewLimiter(rate.Limit(perSecond), perSecond)
		}
		r.young[client] = l
	}
	if l.Burst() != perSecond { // the configuration has changed
		l.SetLimitAt(now, rate.Limit(perSecond))
		l.SetBurstAt(now, perSecond)
	}
	return l
}
