package host

import (
	"net/http"
	"runtime"

	"wshd/host/session"
	"wshd/plugins/wsh"
)

// maxLookups bounds how often a handler is looked up that ends meanwhile. Once is rare: another takes
// its place within microseconds.
const maxLookups = 1000

// findHandler finds the handler for a request, and holds it until its life is released.
func (s *Server) findHandler(c *Config, q *http.Request, t target) Found {
	for range maxLookups {
		h := c.lookup(q, t)
		if h.Handler == nil || h.Life.Acquire() {
			return h
		}
		c = s.config.Load()
		runtime.Gosched()
	}
	return Found{}
}

// version is the connections of one version of a handler, while there are some.
type version struct {
	sessions int
	forget   func()
}

// addToVersion counts x in with its handler's version. s.mu is held.
func (s *Server) addToVersion(x session.Connection) bool {
	life := x.Handler().Life
	if life == nil {
		return true
	}
	if !life.Acquire() {
		return false
	}
	v := s.versions[life]
	if v == nil {
		v = &version{forget: life.OnKill(func(error) { s.closeVersion(life) })}
		s.versions[life] = v
	}
	v.sessions++
	return true
}

// removeFromVersion counts x out. s.mu is held.
func (s *Server) removeFromVersion(x session.Connection) {
	life := x.Handler().Life
	v := s.versions[life]
	if v == nil {
		return
	}
	if v.sessions--; v.sessions == 0 {
		v.forget()
		delete(s.versions, life)
	}
}

// closeVersion closes the connections of a version that has been killed. What its hooks still come to is
// nothing that they have decided. A handshake hook that is still running is stopped too, and then
// answered with 503.
func (s *Server) closeVersion(life *wsh.Life) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.sessions {
		if x.Handler().Life == life && x.Opened() {
			x.Fail(wsh.StatusInternalEndpointError, "the handler was stopped")
		}
	}
}
