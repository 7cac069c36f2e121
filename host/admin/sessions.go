package admin

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"
)

// CookieName is the cookie of a browser that has logged in. Browsers send it to all ports of a host, so that
// what listens on another must neither heed nor show it.
const CookieName = "wshd_admin"

const (
	sessionTime = 12 * time.Hour // after which one logs in again
	maxSessions = 64             // then the oldest ends
)

// sessions are the browsers that have logged in, by the hash of their cookie. They end with the Admin: a
// restart, or another token, ends them all. The zero value is ready for use.
type sessions struct {
	mu   sync.Mutex
	ends map[[sha256.Size]byte]time.Time
}

// open begins a session, and returns the value of its cookie.
func (s *sessions) open(now time.Time) string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	cookie := hex.EncodeToString(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends == nil {
		s.ends = map[[sha256.Size]byte]time.Time{}
	}
	var oldest [sha256.Size]byte
	for sum, end := range s.ends {
		if !end.After(now) {
			delete(s.ends, sum)
		} else if first, ok := s.ends[oldest]; !ok || end.Before(first) {
			oldest = sum
		}
	}
	if len(s.ends) >= maxSessions {
		delete(s.ends, oldest)
	}
	s.ends[sha256.Sum256([]byte(cookie))] = now.Add(sessionTime)
	return cookie
}

// end is when the session of a cookie ends; false: it has ended, or never was.
func (s *sessions) end(cookie string, now time.Time) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.ends[sha256.Sum256([]byte(cookie))]
	return end, ok && end.After(now)
}
