package host

import (
	"log/slog"
	"sync"

	"wshd/host/session"
	"wshd/plugins/wsh"
)

// renderers are what says, for each version of a handler, how its clients are sent what rooms publish.
type renderers struct {
	mu sync.Mutex
	of map[*wsh.Handler]*wsh.Renderer
}

// renderer is the one of h's version, for all its connections; nil if it has none.
func (s *Server) renderer(h *wsh.Handler, log *slog.Logger) *wsh.Renderer {
	if h.RenderPublication == nil {
		return nil
	}
	s.renderers.mu.Lock()
	defer s.renderers.mu.Unlock()
	if r := s.renderers.of[h]; r != nil {
		return r
	}
	for other := range s.renderers.of {
		if other.Life.Over() {
			delete(s.renderers.of, other)
		}
	}
	r := session.NewRenderer(h, func(err error) {
		log.With("script", h.Script, "version", h.Version).Error("publication not rendered", session.Failure(err)...)
		s.config.Load().Failed(h, err)
	})
	if s.renderers.of == nil {
		s.renderers.of = map[*wsh.Handler]*wsh.Renderer{}
	}
	s.renderers.of[h] = r
	return r
}
