// Package admin tells those who run a host how it is: health, metrics, profiles, and a page of what
// goes on, on a listener of its own.
package admin

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/pprof"

	"wshd/plugins/wsh"
)

// Config is what there is to tell. Funcs may be called by several goroutines at once.
type Config struct {
	Token        string   // for all but health; "": the rest is closed
	Hosts        []string // further names that browsers may know the listener by; addresses and localhost always may
	PublishToken string   // opens publishing only; "": no other than Token does
	Rooms        *Rooms   // nil: there are none

	Sessions *Sessions // of browsers; nil: none but those that this Admin opens

	// Refused is told of each plain request that is not let in, and why, in one of a few phrases. nil: nobody is.
	Refused func(q *http.Request, status int, why string)

	Pprof   bool // whether /debug/pprof is there
	Version string

	Ready       func() error        // why no new connections should come; nil: they may
	Metrics     http.Handler        // for /metrics; nil: 404
	Handlers    func() []Handler    // the handlers, in order of their paths
	Connections func() []Connection // those open, the oldest first
	Close       func(id string) bool
	Totals      func() Totals
	Counts      func() Counts
	History     *History
	Log         *Tail
	Assets      fs.FS // style.css and icon.svg of the pages that come with wshd
}

// Handler is one path and what serves it.
type Handler struct {
	Path        string   `json:"path"`
	Script      string   `json:"script"`
	AliasOf     string   `json:"aliasOf,omitempty"`
	Version     int      `json:"version"` // 0: none serves
	Hooks       []string `json:"hooks"`
	Connections int      `json:"connections"`
	Errors      []Error  `json:"errors,omitempty"`  // why the script as it now stands does not serve
	Failure     *Failure `json:"failure,omitempty"` // the last while it ran; nil: there was none
}

// Failure is what a script has last failed with while it ran.
type Failure struct {
	Version int   `json:"version"`
	Count   int   `json:"count"`  // of that version's failures
	At      int64 `json:"at"`     // when the last was, by History.At
	Killed  bool  `json:"killed"` // it was stopped, since it ran for too long
	Past    bool  `json:"past"`   // the script has been saved since, and loaded
	Error   Error `json:"error"`
}

// Error is one mistake in a script.
type Error struct {
	Text  string `json:"text"` // with its position
	Line  string `json:"line,omitempty"`
	Caret string `json:"caret,omitempty"` // stands under Line
}

// Connection is one WebSocket connection.
type Connection struct {
	ID          string `json:"id"`
	Path        string `json:"path"`
	Remote      string `json:"remote"`
	User        string `json:"user,omitempty"`
	Name        string `json:"name,omitempty"` // that its handler gave it in the handshake
	Version     int    `json:"version"`
	Since       int64  `json:"since"` // by History.At
	MessagesIn  int64  `json:"messagesIn"`
	MessagesOut int64  `json:"messagesOut"`
	BytesIn     int64  `json:"bytesIn"`
	BytesOut    int64  `json:"bytesOut"`
}

// Totals count since the start.
type Totals struct {
	Open, Ended                                int64
	MessagesIn, MessagesOut, BytesIn, BytesOut int64
}

// Admin is the handler for every path of the listener. Make one with New.
type Admin struct {
	c     Config
	plain http.Handler
	over  chan struct{} // closed by Close
}

// New makes an Admin.
func New(c Config) *Admin {
	if c.Sessions == nil {
		c.Sessions = new(Sessions)
	}
	if c.Refused == nil {
		c.Refused = func(*http.Request, int, string) {}
	}
	a := &Admin{c: c, over: make(chan struct{})}
	secret := http.NewServeMux() // what the token opens
	secret.HandleFunc("GET /{$}", func(w http.ResponseWriter, q *http.Request) {
		seeOther(w, q, "status")
	})
	secret.HandleFunc("GET /status", a.page("status.html"))
	secret.HandleFunc("GET /status.js", a.page("status.js"))
	secret.HandleFunc("GET /status.json", a.statusJSON)
	if c.Metrics != nil {
		secret.Handle("GET /metrics", c.Metrics)
	}
	if c.Pprof {
		secret.HandleFunc("/debug/pprof/", pprof.Index)
		secret.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
		secret.HandleFunc("/debug/pprof/profile", pprof.Profile)
		secret.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		secret.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	open := http.NewServeMux()
	open.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, nil) })
	open.HandleFunc("GET /readyz", a.readyz)
	for path, file := range map[string]string{"/login": "login.html", "/login.js": "login.js", "/style.css": "style.css",
		"/status.css": "status.css", "/icon.svg": "icon.svg"} {
		open.Handle("GET "+path, a.guarded(a.page(file)))
	}
	open.Handle("POST /login", a.guarded(http.HandlerFunc(a.login)))
	a.rooms(open)
	open.Handle("/", a.needToken(secret))
	a.plain = open
	return a
}

// Close ends the feeds: another Admin takes the place of this one, and may want another token.
func (a *Admin) Close() { close(a.over) }

// Handler serves all paths: WebSocket at /status, plain requests everywhere.
func (a *Admin) Handler() *wsh.Handler {
	return &wsh.Handler{
		Script:           "admin",
		DoExtraHandshake: a.admit,
		TransferData:     a.feed,
		ServeHTTP:        a.plain.ServeHTTP,
	}
}

// readyz answers whether new connections should come, and how the rooms are. They serve on without what lies beyond
// this process, so without it this host is not ready for those only who ask for rooms.
func (a *Admin) readyz(w http.ResponseWriter, q *http.Request) {
	err, also := a.c.Ready(), error(nil)
	if a.c.Rooms != nil {
		also = StateOf(a.c.Rooms.Stats()).wrong()
	}
	if err == nil && q.URL.Query().Has("rooms") {
		err = also
	}
	answer(w, err)
	if err == nil && also != nil {
		_, _ = fmt.Fprintln(w, also) // an error means that the client has gone
	}
}

func answer(w http.ResponseWriter, err error) {
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n")) // an error means that the client has gone
}
