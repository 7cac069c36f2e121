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

// Sessions are the browsers that have logged in, at most 64, each for 12 hours. They outlive the Admins that let
// them in, but not a restart, and each is good for the token it was opened with only. The zero value is ready
// for use.
type Sessions struct {
	mu   sync.Mutex
	ends map[[sha256.Size]byte]time.Time // by their keys
}

// sessionKey is what a session is known by: who reads it knows neither the cookie nor the token.
func sessionKey(token, cookie string) [sha256.Size]byte {
	t := sha256.Sum256([]byte(token))
	return sha256.Sum256(append(t[:], cookie...))
}

// open begins a session of someone who has shown the token, and returns the value of its cookie.
func (s *Sessions) open(token string, now time.Time) string {
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
	s.ends[sessionKey(token, cookie)] = now.Add(sessionTime)
	return cookie
}

// end is when the session of a cookie ends; false: it has ended, or never was, or was for another token.
func (s *Sessions) end(token, cookie string, now time.Time) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.ends[sessionKey(token, cookie)]
	return end, ok && end.After(now)
}
