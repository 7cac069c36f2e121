package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"wshd/plugins/wsh"
)

// A program shows the token in Authorization. A browser shows the cookie of its session, and then the page
// must be ours: the request names this listener by address or by a name it is known by
// (else any site could point a name of its own at it: DNS rebinding), and comes from no other origin.

const wrongToken = "the token is wrong"

// same compares in a time that tells nothing about want.
func same(got, want string) bool {
	g, w := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(g[:], w[:]) == 1
}

// refusal says why a request may not have what the token opens; 0: it may.
func (a *Admin) refusal(h http.Header, host string) (status int, why string) {
	if a.c.Token == "" {
		return http.StatusForbidden, "closed: set admin.token to open it"
	}
	if bearer, ok := strings.CutPrefix(h.Get("Authorization"), "Bearer "); ok {
		if same(bearer, a.c.Token) {
			return 0, ""
		}
		return http.StatusUnauthorized, wrongToken
	}
	if status, why := foreign(a.c.Hosts, h, host); status != 0 {
		return status, why
	}
	if _, ok := a.session(h); ok {
		return 0, ""
	}
	return http.StatusUnauthorized, "a token is needed: Authorization: Bearer TOKEN, or log in at /login"
}

// session is when a browser's session ends; false: it has none.
func (a *Admin) session(h http.Header) (end time.Time, ok bool) {
	for _, c := range (&http.Request{Header: h}).CookiesNamed(CookieName) { // who sits on another port may have set one too
		if end, ok = a.c.Sessions.end(a.c.Token, c.Value, time.Now()); ok {
			return end, true
		}
	}
	return end, false
}

// foreign says why a browser's request is not from a page of ours; 0: it is.
func foreign(hosts []string, h http.Header, host string) (status int, why string) {
	if !known(hosts, host) {
		return http.StatusMisdirectedRequest, "nobody of that name is here: ask by address, or add the name to admin.hosts"
	}
	origin, err := url.Parse(h.Get("Origin"))
	if h.Get("Origin") != "" && (err != nil || !strings.EqualFold(origin.Host, host)) {
		return http.StatusForbidden, "this comes from another origin"
	}
	if site := h.Get("Sec-Fetch-Site"); site == "cross-site" && h.Get("Sec-Fetch-Mode") != "navigate" {
		return http.StatusForbidden, "this comes from another site"
	}
	return 0, ""
}

// known reports whether a Host header names this listener.
func known(hosts []string, header string) bool {
	name := header
	if host, _, err := net.SplitHostPort(header); err == nil {
		name = host
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost") ||
		slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, name) })
}

// guarded serves h to who may log in.
func (a *Admin) guarded(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if status, why := foreign(a.c.Hosts, q.Header, q.Host); status != 0 {
			a.c.Refused(q, status, why)
			http.Error(w, why, status)
			return
		}
		h.ServeHTTP(w, q)
	})
}

func (a *Admin) needToken(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		status, why := a.refusal(q.Header, q.Host)
		switch {
		case status == http.StatusUnauthorized && strings.Contains(q.Header.Get("Accept"), "text/html"):
			seeOther(w, q, "login")
		case status != 0:
			a.c.Refused(q, status, why)
			w.Header().Set("WWW-Authenticate", `Bearer realm="wshd"`)
			http.Error(w, why, status)
		default:
			h.ServeHTTP(w, q)
		}
	})
}

// seeOther leads to another of our pages by a relative address: a proxy may have put a prefix before ours,
// and http.Redirect makes addresses absolute.
func seeOther(w http.ResponseWriter, q *http.Request, page string) {
	w.Header().Set("Location", strings.Repeat("../", max(0, strings.Count(q.URL.Path, "/")-1))+page)
	w.WriteHeader(http.StatusSeeOther)
}

// maxForm bounds a login, in bytes, and loginTime how long it may take: the host bounds only how long it stands
// still, and who drips a byte now and then would keep others from a place here.
const (
	maxForm   = 4096
	loginTime = 10 * time.Second
)

// login gives who knows the token the cookie.
func (a *Admin) login(w http.ResponseWriter, q *http.Request) {
	q.Body = http.MaxBytesReader(w, &timed{q.Body, time.Now().Add(loginTime)}, maxForm)
	if err := q.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if errors.Is(err, errSlow) {
			status = http.StatusRequestTimeout
		}
		a.c.Refused(q, status, "a login that is none")
		http.Error(w, "a login is a form with the token", status)
		return
	}
	if a.c.Token == "" || !same(strings.TrimSpace(q.PostFormValue("token")), a.c.Token) {
		a.c.Refused(q, http.StatusSeeOther, wrongToken)
		seeOther(w, q, "login#wrong")
		return
	}
	http.SetCookie(w, &http.Cookie{Name: CookieName, Value: a.c.Sessions.open(a.c.Token, time.Now()), Path: "/", MaxAge: int(sessionTime / time.Second),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: q.TLS != nil})
	seeOther(w, q, "status")
}

// admit lets a WebSocket connection to the feed in.
func (a *Admin) admit(r *wsh.Request) error {
	if r.URL.Path != "/status" {
		return &wsh.HandshakeError{Status: http.StatusNotFound}
	}
	if status, why := a.refusal(r.Header, r.Host); status != 0 {
		return &wsh.HandshakeError{Status: status, Reason: why}
	}
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		if end, ok := a.session(r.Header); ok {
			r.Data = end
		}
	}
	return nil
}

// timed is a body that is read until a time.
type timed struct {
	io.ReadCloser
	until time.Time
}

var errSlow = errors.New("it takes too long")

func (t *timed) Read(p []byte) (int, error) {
	if time.Now().After(t.until) {
		return 0, errSlow
	}
	return t.ReadCloser.Read(p)
}
