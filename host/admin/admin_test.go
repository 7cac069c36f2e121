package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

const token = "0123456789abcdef"

// host is what an Admin tells of, in tests.
func testConfig() Config {
	return Config{
		Token: token, Hosts: []string{"wshd.example"}, Version: "v9", Pprof: true,
		Ready:    func() error { return nil },
		Metrics:  http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "metrics") }),
		Handlers: func() []Handler { return []Handler{{Path: "/echo", Version: 1}} },
		Connections: func() []Connection {
			return []Connection{{ID: "a", Path: "/echo", Remote: "10.0.0.1:1"}, {ID: "b", Path: "/chat", Remote: "10.0.0.2:2", User: "Ann"}}
		},
		Close:  func(string) bool { return true },
		Totals: func() Totals { return Totals{} },
		Log:    &Tail{},
		Assets: fstest.MapFS{"style.css": {Data: []byte("css")}, "icon.svg": {Data: []byte("<svg/>")}},
	}
}

func newAdmin(t *testing.T, c Config) *Admin {
	t.Helper()
	c.History = NewHistory(time.Now(), c.Totals)
	t.Cleanup(c.History.Close)
	a := New(c)
	t.Cleanup(a.Close)
	return a
}

// get asks for a path with headers, "Name: value" each.
func get(a *Admin, method, path string, headers ...string) *httptest.ResponseRecorder {
	q := httptest.NewRequest(method, "http://127.0.0.1:9999"+path, nil)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			q.Host = value
		}
		q.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, q)
	return w
}

func TestWhoMayAsk(t *testing.T) {
	a := newAdmin(t, testConfig())
	bearer, cookie := "Authorization: Bearer "+token, "Cookie: wshd_admin="+a.c.Sessions.open(token, time.Now())
	tests := []struct {
		name, path string
		headers    []string
		want       int
	}{
		{"health is open", "/healthz", nil, 200},
		{"by any name", "/healthz", []string{"Host: evil.example"}, 200},
		{"and readiness", "/readyz", nil, 200},
		{"the rest is not", "/status", nil, 401},
		{"nor what is not there", "/nothing", nil, 401},
		{"metrics", "/metrics", nil, 401},
		{"profiles", "/debug/pprof/", nil, 401},
		{"a token", "/status", []string{bearer}, 200},
		{"for metrics", "/metrics", []string{bearer}, 200},
		{"for profiles", "/debug/pprof/", []string{bearer}, 200},
		{"a token and nothing there", "/nothing", []string{bearer}, 404},
		{"a wrong token", "/status", []string{bearer + "x"}, 401},
		{"an empty one", "/status", []string{"Authorization: Bearer "}, 401},
		{"of another scheme", "/status", []string{"Authorization: Basic " + token}, 401},
		{"a token in the address", "/status?token=" + token, nil, 401},
		{"a cookie", "/status", []string{cookie}, 200},
		{"a cookie that is the token", "/status", []string{"Cookie: wshd_admin=" + token}, 401},
		{"a cookie by a known name", "/status", []string{cookie, "Host: wshd.example:9999"}, 200},
		{"a cookie by localhost", "/status", []string{cookie, "Host: localhost:9999"}, 200},
		{"a cookie by IPv6", "/status", []string{cookie, "Host: [::1]:9999"}, 200},
		{"a cookie by a rebound name", "/status", []string{cookie, "Host: evil.example:9999"}, 421},
		{"a cookie from here", "/status", []string{cookie, "Origin: http://127.0.0.1:9999"}, 200},
		{"a cookie from another port", "/status", []string{cookie, "Origin: http://127.0.0.1:8080"}, 403},
		{"a cookie from elsewhere", "/status", []string{cookie, "Origin: https://evil.example"}, 403},
		{"a cookie from nowhere", "/status", []string{cookie, "Origin: null"}, 403},
		{"an image of another site", "/status", []string{cookie, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"}, 403},
		{"a link of another site", "/status", []string{cookie, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"}, 200},
		{"the way in", "/login", nil, 200},
		{"the way in by a rebound name", "/login", []string{"Host: evil.example"}, 421},
		{"a person is shown the way in", "/status", []string{"Accept: text/html"}, 303},
		{"the start", "/", []string{bearer}, 303},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := get(a, "GET", tt.path, tt.headers...); got.Code != tt.want {
				t.Errorf("got %d %s, want %d", got.Code, got.Body, tt.want)
			}
		})
	}
}

func TestWithoutATokenOnlyHealthIsTold(t *testing.T) {
	c := testConfig()
	c.Token = ""
	a := newAdmin(t, c)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/status": 403, "/metrics": 403} {
		if got := get(a, "GET", path, "Authorization: Bearer ", "Cookie: wshd_admin="+a.c.Sessions.open(token, time.Now())); got.Code != want {
			t.Errorf("%s: got %d, want %d", path, got.Code, want)
		}
	}
	if got := login(a, ""); got.Header().Get("Set-Cookie") != "" {
		t.Error("an empty token logs in")
	}
}

func TestNotReady(t *testing.T) {
	c := testConfig()
	c.Ready = func() error { return errors.New("going down") }
	got := get(newAdmin(t, c), "GET", "/readyz")
	if got.Code != 503 || got.Body.String() != "going down\n" {
		t.Errorf("got %d %q, want 503 and why", got.Code, got.Body)
	}
}

func TestProfilesAreNotThereUnlessAskedFor(t *testing.T) {
	c := testConfig()
	c.Pprof = false
	if got := get(newAdmin(t, c), "GET", "/debug/pprof/", "Authorization: Bearer "+token); got.Code != 404 {
		t.Errorf("got %d, want 404", got.Code)
	}
}

func login(a *Admin, token string) *httptest.ResponseRecorder {
	q := httptest.NewRequest("POST", "http://127.0.0.1:9999/login", strings.NewReader(url.Values{"token": {token}}.Encode()))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	a.Handler().ServeHTTP(w, q)
	return w
}

func TestLogin(t *testing.T) {
	a := newAdmin(t, testConfig())
	if got := login(a, "wrong"); got.Header().Get("Set-Cookie") != "" || got.Header().Get("Location") != "login#wrong" {
		t.Errorf("a wrong token: got %v", got.Header())
	}
	got := login(a, token+"\n")
	cookie := got.Header().Get("Set-Cookie")
	if got.Header().Get("Location") != "status" || !strings.Contains(cookie, "HttpOnly; SameSite=Strict") || strings.Contains(cookie, token) {
		t.Errorf("got %v", got.Header())
	}
	value, _, _ := strings.Cut(cookie, ";")
	if got := get(a, "GET", "/status", "Cookie: "+value); got.Code != 200 {
		t.Errorf("with the cookie: got %d, want 200", got.Code)
	}
}

// TestWhoIsNotLetInIsTold: who guesses the token leaves a trace.
func TestWhoIsNotLetInIsTold(t *testing.T) {
	c := testConfig()
	var told []string
	c.Refused = func(q *http.Request, status int, why string) {
		told = append(told, fmt.Sprint(q.URL.Path, " ", status, " ", why))
	}
	a := newAdmin(t, c)
	for _, tt := range []struct {
		ask  func()
		want string // "": nothing
	}{
		{func() { get(a, "GET", "/healthz") }, ""},
		{func() { get(a, "GET", "/login") }, ""},
		{func() { get(a, "GET", "/status", "Accept: text/html") }, ""}, // shown the way in
		{func() { login(a, token) }, ""},
		{func() { login(a, "guess") }, "/login 303 the token is wrong"},
		{func() { get(a, "GET", "/metrics", "Authorization: Bearer guess") }, "/metrics 401 the token is wrong"},
		{func() { get(a, "GET", "/metrics") }, "/metrics 401 a token is needed: Authorization: Bearer TOKEN, or log in at /login"},
		{func() { get(a, "GET", "/login", "Host: evil.example") }, "/login 421 nobody of that name is here: ask by address, or add the name to admin.hosts"},
		{func() { get(a, "POST", "/rooms/a", "Authorization: Bearer guess") }, "/rooms/a 401 the token is wrong, or does not open this"},
		{func() { get(a, "POST", "/login", "Content-Type: application/x-www-form-urlencoded; ;") }, "/login 400 a login that is none"},
	} {
		told = nil
		tt.ask()
		if got := strings.Join(told, "\n"); got != tt.want {
			t.Errorf("told %q, want %q", got, tt.want)
		}
	}
}

// drip is a body of which a byte comes now and then.
type drip struct{ n int }

func (d *drip) Read(p []byte) (int, error) {
	time.Sleep(3 * time.Second)
	d.n++
	return copy(p, "x"), nil
}

// TestALoginThatDripsEnds, by the test's own clock.
func TestALoginThatDripsEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New(testConfig())
		body := new(drip)
		q := httptest.NewRequest("POST", "http://127.0.0.1:9999/login", body)
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		a.Handler().ServeHTTP(w, q)
		if w.Code != http.StatusRequestTimeout || body.n > 5 {
			t.Errorf("got %d after %d bytes, want 408 after ten seconds", w.Code, body.n)
		}
	})
}

func TestTheFeedNeedsTheToken(t *testing.T) {
	a := newAdmin(t, testConfig())
	for _, tt := range []struct {
		resource string
		header   http.Header
		want     int
	}{
		{"/status", http.Header{}, 401},
		{"/status", http.Header{"Authorization": {"Bearer " + token}}, 101},
		{"/other", http.Header{"Authorization": {"Bearer " + token}}, 404},
		{"/status", http.Header{"Cookie": {"wshd_admin=" + a.c.Sessions.open(token, time.Now())}, "Origin": {"http://evil.example"}}, 403},
	} {
		c := wshtest.Dialer{Resource: tt.resource, Header: tt.header}.Dial(t, a.Handler())
		if got := c.Response().Status; got != tt.want {
			t.Errorf("%s %v: got %d, want %d", tt.resource, tt.header, got, tt.want)
		}
	}
}

func TestFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testConfig()
		var totals atomic.Pointer[Totals]
		totals.Store(&Totals{MessagesIn: 7}) // before the start: no sample counts them
		c.Totals = func() Totals { return *totals.Load() }
		var closed []string
		c.Close = func(id string) bool { closed = append(closed, id); return true }
		fmt.Fprintf(c.Log, "one\ntwo\n")
		c.History = NewHistory(time.Now(), c.Totals)
		defer c.History.Close()
		a := New(c)
		d := wshtest.Dialer{Resource: "/status", Header: http.Header{"Authorization": {"Bearer " + token}}}.Dial(nil, a.Handler())
		next := func() (n news) {
			t.Helper()
			if err := json.Unmarshal(d.Receive().Data, &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		first := next()
		if first.Version != "v9" || len(first.Connections) != 2 || len(first.Samples) != 0 || strings.Join(first.Log, " ") != "one two" {
			t.Errorf("first: got %+v", first)
		}
		totals.Store(&Totals{Open: 2, MessagesIn: 17, BytesOut: 100})
		<-time.After(step + step/2) // by the test's own clock
		second := next()
		fmt.Fprintln(c.Log, "three")
		if len(second.Samples) != 1 || second.Samples[0].MessagesIn != 10 || second.Samples[0].BytesOut != 100 || second.Samples[0].Open != 2 || second.Samples[0].At != step.Milliseconds() {
			t.Errorf("second: got %+v, want one sample of 10 messages", second.Samples)
		}
		d.SendText(`{"filter": "ANN"}`)
		third := next()
		if third.Found != 1 || third.Connections[0].ID != "b" || strings.Join(third.Log, " ") != "three" || len(third.Samples) != 0 {
			t.Errorf("third: got %+v", third)
		}
		d.SendText(`{"close": "b"}`)
		next()
		if len(closed) != 1 || closed[0] != "b" {
			t.Errorf("closed %v, want b", closed)
		}
		d.SendText(`nonsense`)
		if end := d.Wait(); end.Code != wsh.StatusInvalidFramePayloadData {
			t.Errorf("nonsense: got %+v, want 1007", end)
		}
		d = wshtest.Dialer{Resource: "/status", Header: http.Header{"Authorization": {"Bearer " + token}}}.Dial(nil, a.Handler())
		if again := next(); len(again.Samples) != 1 {
			t.Errorf("who comes back gets %d samples, want all that there are", len(again.Samples))
		}
		a.Close()
		if end := d.Wait(); end.Code != wsh.StatusGoingAway {
			t.Errorf("when another takes over: got %+v, want 1001", end)
		}
	})
}

func TestHistoryKeepsTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHistory(time.Now(), func() Totals { return Totals{} })
		<-time.After(15*time.Minute + step/2)
		synctest.Wait()
		samples, n, _ := h.since(0)
		if len(samples) != steps || n != 450 || samples[0].At != (5*time.Minute+step).Milliseconds() {
			t.Errorf("got %d samples of %d, the oldest after %d ms", len(samples), n, samples[0].At)
		}
		h.Close()
	})
}

func TestTailKeepsTheLastLines(t *testing.T) {
	var log Tail
	for i := range tailLines + 50 {
		fmt.Fprintf(&log, "line %d\n", i)
	}
	fmt.Fprintf(&log, "%s\n", strings.Repeat("x", 5000))
	lines, n := log.since(0)
	if len(lines) != tailLines || n != tailLines+51 || lines[0] != "line 51" || len(lines[tailLines-1]) > tailWidth+4 {
		t.Errorf("got %d lines of %d, from %q", len(lines), n, lines[0])
	}
	if more, _ := log.since(n); len(more) != 0 {
		t.Errorf("got %q, want nothing new", more)
	}
}
