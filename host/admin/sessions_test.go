package admin

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh/wshtest"
)

func cookieOf(t *testing.T, a *Admin) string {
	t.Helper()
	cookie, rest, _ := strings.Cut(login(a, token).Header().Get("Set-Cookie"), ";")
	if !strings.HasPrefix(cookie, CookieName+"=") || !strings.Contains(rest, "Max-Age=43200") {
		t.Fatalf("got %s;%s", cookie, rest)
	}
	return "Cookie: " + cookie
}

func TestSessionsAreRandomAndEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testConfig()
		c.History = NewHistory(time.Now(), c.Totals)
		defer c.History.Close()
		a, b := New(c), New(c)
		first, second := cookieOf(t, a), cookieOf(t, a)
		if first == second {
			t.Error("two sessions have the same cookie")
		}
		if got := get(b, "GET", "/status", first).Code; got != 401 {
			t.Errorf("where it did not log in: got %d, want 401", got)
		}
		if got := get(a, "GET", "/status", "Cookie: wshd_admin=planted", first).Code; got != 200 {
			t.Errorf("beside a cookie that another port has set: got %d, want 200", got)
		}
		time.Sleep(sessionTime - time.Second) // by the test's own clock
		if got := get(a, "GET", "/status", first).Code; got != 200 {
			t.Errorf("before its end: got %d, want 200", got)
		}
		time.Sleep(time.Second)
		if got := get(a, "GET", "/status", first).Code; got != 401 {
			t.Errorf("after its end: got %d, want 401", got)
		}
	})
}

func TestTheFeedEndsWithItsSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testConfig()
		c.History = NewHistory(time.Now(), c.Totals)
		defer c.History.Close()
		a := New(c)
		name, value, _ := strings.Cut(cookieOf(t, a), ": ")
		d := wshtest.Dialer{Resource: "/status", Header: http.Header{name: {value}}}.Dial(nil, a.Handler())
		opened := time.Now()
		var err error
		for err == nil {
			_, err = d.Next()
		}
		if open := time.Since(opened); open < sessionTime-step || open > sessionTime+step {
			t.Errorf("it ended after %v with %v, want %v", open, err, sessionTime)
		}
	})
}

func TestSessionsAreBounded(t *testing.T) {
	var s Sessions
	now := time.Now()
	var cookies []string
	for i := range maxSessions + 1 {
		cookies = append(cookies, s.open(token, now.Add(time.Duration(i)*time.Second)))
	}
	if n := len(s.ends); n != maxSessions {
		t.Errorf("%d sessions, want %d", n, maxSessions)
	}
	for i, c := range cookies {
		if _, ok := s.end(token, c, now.Add(time.Minute)); ok != (i > 0) {
			t.Errorf("the %d. session: got %v, want that the oldest has ended", i, ok)
		}
	}
	s.open(token, now.Add(2*sessionTime))
	if n := len(s.ends); n != 1 {
		t.Errorf("%d sessions after all have ended but one", n)
	}
}

func TestSessionsOutliveAnAdminButNotTheToken(t *testing.T) {
	c := testConfig()
	c.Sessions = new(Sessions)
	cookie := cookieOf(t, newAdmin(t, c))
	for _, tt := range []struct {
		name, token string
		want        int
	}{
		{"other hosts", token, 200},
		{"another token", token + "x", 401},
		{"the first token again", token, 200},
		{"no token", "", 403},
	} {
		c.Token, c.Hosts = tt.token, []string{"status.example"}
		if got := get(newAdmin(t, c), "GET", "/status", cookie).Code; got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}
