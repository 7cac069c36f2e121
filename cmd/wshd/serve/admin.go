package serve

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/host"
	"wshd/host/admin"
	"wshd/host/door"
	"wshd/host/limit"
	"wshd/host/listen"
	"wshd/plugins"
	"wshd/plugins/script"
	"wshd/plugins/wsh"
	"wshd/scripts"
)

// adminSide is the admin listener and what serves it.
type adminSide struct {
	history   *admin.History
	sessions  admin.Sessions
	listeners []*listen.Listener
	server    *host.Server
	registry  atomic.Pointer[plugins.Registry] // the one that serves now
	failures  atomic.Pointer[failures]         // of its scripts
	admin     *admin.Admin
	handler   atomic.Pointer[wsh.Handler]
	log       *slog.Logger
}

// quiet leaves out that connections have ended: who looks at the log on the status page would fill it.
type quiet struct{ slog.Handler }

// Handle implements slog.Handler.
func (l quiet) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "connection closed" {
		return nil
	}
	return l.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (l quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{l.Handler.WithAttrs(attrs)} }

// WithGroup implements slog.Handler.
func (l quiet) WithGroup(name string) slog.Handler { return quiet{l.Handler.WithGroup(name)} }

// refused logs and counts what the admin has refused.
func (a *adminSide) refused(q *http.Request, status int, why string) {
	a.server.HandlerRefused(a.log, q, status, why)
}

// openAdmin opens the admin listener, if there is one.
func (h *hosting) openAdmin(s *config.Settings) error {
	if s.Admin.Listen == "" {
		return nil
	}
	a, err := listen.Parse(s.Admin.Listen)
	if err != nil {
		return err // checked when the settings were loaded
	}
	if s.Admin.Token == "" && h.watched && a.Network == "tcp" {
		h.madeToken = rand.Text() // which greet shows, within an address
	}
	side := new(adminSide)
	side.registry.Store(h.registry)
	side.failures.Store(h.failures)
	if side.listeners, err = listen.Open([]listen.Address{a}, []*tls.Config{nil}, nil, nil); err != nil {
		return listenError(s, "admin.listen", err)
	}
	side.log = slog.New(quiet{h.log.Handler()}).With("addr", addressOf(side.listeners[0]))
	side.server, err = host.New(host.Config{
		Lookup: func(context.Context, string) host.Found { return host.Found{Handler: side.handler.Load()} },
		Log:    side.log,

		HandshakeTimeout: s.Limits.HandshakeTimeout,
		Rules: host.Rules{Bounds: limit.Bounds{Connections: adminPlaces},
			Door: door.Rules{Origins: []string{"*"}}}, // the admin itself looks who asks,
	})
	if err != nil {
		return err
	}
	side.history = admin.NewHistory(time.Now(), h.totals)
	h.admin = side
	h.configureAdmin(s)
	for _, l := range side.listeners {
		h.log.Info("admin listening", "addr", addressOf(l))
	}
	return nil
}

// configureAdmin makes the admin side tell what s lets it.
func (h *hosting) configureAdmin(s *config.Settings) {
	side, old := h.admin, h.admin.admin
	side.admin = admin.New(admin.Config{
		Token: cmp.Or(s.Admin.Token, h.madeToken), PublishToken: s.Admin.PublishToken, Rooms: h.adminRooms(s), Hosts: normalNames(s.Admin.Hosts), Pprof: s.Admin.Pprof,
		Sessions: &side.sessions,
		Refused:  side.refused,
		Version:  h.Version,
		Ready:    func() error { return ready(h.server, side.registry.Load()) },
		Handlers: func() []admin.Handler {
			return handlersNow(h.server, side.registry.Load(), side.failures.Load(), side.history)
		},
		Connections: func() []admin.Connection { return connectionsNow(h.server, side.history) },
		Close:       h.server.CloseSession,
		Totals:      h.totals,
		Counts:      func() admin.Counts { return countsNow(h.server) },
		History:     side.history,
		Metrics:     h.metrics,
		Log:         h.tail,
		Assets:      scripts.Pages,
	})
	side.handler.Store(side.admin.Handler())
	if old != nil {
		old.Close()
	}
}

func (h *hosting) totals() admin.Totals { return admin.Totals(h.server.Totals()) }

// stop ends the admin side.
func (a *adminSide) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := a.server.Shutdown(ctx)
	a.admin.Close()
	a.history.Close()
	if errors.Is(err, context.DeadlineExceeded) {
		return nil // a page that did not say goodbye, or a profile under way
	}
	return err
}

// ready says why no new connections should come.
func ready(server *host.Server, registry *plugins.Registry) error {
	if server.Draining() {
		return errors.New("going down")
	}
	for _, r := range registry.Routes() {
		if r.Version > 0 {
			return nil
		}
	}
	return errors.New("no handler is loaded")
}

func connectionsNow(server *host.Server, history *admin.History) []admin.Connection {
	var list []admin.Connection
	for _, x := range server.Sessions() {
		list = append(list, admin.Connection{ID: x.ID, Path: x.Resource, Remote: x.RemoteAddr, User: x.User, Name: x.Name, Version: x.Version,
			Since: history.At(x.Since), MessagesIn: x.MessagesIn, MessagesOut: x.MessagesOut, BytesIn: x.BytesIn, BytesOut: x.BytesOut})
	}
	return list
}

// countsNow adds the paths' hooks up. TransferData lasts as long as its connection, so how long says nothing.
func countsNow(server *host.Server) admin.Counts {
	m := server.Metrics()
	sums := map[string]host.HookMetrics{}
	for _, p := range m.Paths {
		for hook, of := range p.Hooks {
			sum := sums[hook]
			sum.Count, sum.Errors, sum.Seconds = sum.Count+of.Count, sum.Errors+of.Errors, sum.Seconds+of.Seconds
			for i, n := range of.Buckets {
				sum.Buckets[i] += n
			}
			sums[hook] = sum
		}
	}
	counts := admin.Counts{Handshakes: m.Handshakes, Refused: m.Refused, Limits: m.Limits, Hooks: map[string]admin.Calls{}}
	for hook, sum := range sums {
		counts.Hooks[hook] = admin.CallsOf(sum.Count, sum.Errors, sum.Seconds, host.HookBuckets[:], sum.Buckets[:])
		if hook == "TransferData" {
			counts.Hooks[hook] = admin.Calls{Count: sum.Count, Errors: sum.Errors}
		}
	}
	return counts
}

func handlersNow(server *host.Server, registry *plugins.Registry, failed *failures, history *admin.History) []admin.Handler {
	connected := map[string]int{}
	for _, x := range server.Sessions() {
		if r, ok := registry.RouteOf(x.Resource); ok {
			connected[r.Path]++
		}
	}
	lines := hint.Excerpts{}
	list := []admin.Handler{}
	for _, r := range registry.Routes() {
		a := admin.Handler{Path: r.Path, Script: r.Script, AliasOf: r.AliasOf, Version: r.Version,
			Hooks: append([]string{}, r.Hooks...), Connections: connected[r.Path]}
		if r.AliasOf == "" {
			a.Failure = failed.of(r.Script, history)
		}
		var all script.Errors
		switch {
		case errors.As(r.Err, &all):
			for _, e := range all {
				line, caret := lines.Of(e.Pos)
				a.Errors = append(a.Errors, admin.Error{Text: e.Error(), Line: line, Caret: caret})
			}
		case r.Err != nil:
			a.Errors = []admin.Error{{Text: r.Err.Error()}}
		}
		list = append(list, a)
	}
	return list
}

// addressOf is how the log names a listener.
func addressOf(l net.Listener) string {
	if l.Addr().Network() == "unix" {
		return "unix:" + l.Addr().String()
	}
	return l.Addr().String()
}

// normalNames is names as browsers send them. They were checked when the settings were loaded.
func normalNames(names []string) (normal []string) {
	for _, name := range names {
		if n, err := door.NormalName(name); err == nil {
			normal = append(normal, n)
		}
	}
	return normal
}
