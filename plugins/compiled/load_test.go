//go:build linux

package compiled

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/golang-jwt/jwt/v5"

	"wshd/host"
	"wshd/host/door"
	"wshd/host/room"
	"wshd/plugins/wsh"
)

// served is a compiled handler behind a real server.
type served struct {
	*testing.T
	addr   string
	log    *lines
	failed chan error
	h      *wsh.Handler
	server *host.Server
}

// lines is a log that can be waited for.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	close(l.more)
	l.more = make(chan struct{})
	return len(p), nil
}

func (l *lines) wait(t *testing.T, want string) {
	t.Helper()
	l.waitTimes(t, want, 1)
}

func (l *lines) waitTimes(t *testing.T, want string, n int) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		l.mu.Lock()
		text, more := l.text.String(), l.more
		l.mu.Unlock()
		if strings.Count(text, want) >= n {
			return
		}
		select {
		case <-more:
		case <-deadline:
			t.Fatalf("the log has no %q:\n%s", want, text)
		}
	}
}

func serve(t *testing.T, text string, p Process, more ...func(*host.Config)) *served {
	t.Helper()
	root := folder(t, "x_wsh.go", text)
	if p.User != nil { // who is to come in
		for _, dir := range []string{root, filepath.Dir(root)} {
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	s := &served{T: t, log: &lines{more: make(chan struct{})}, failed: make(chan error, 100)}
	p.Log = slog.New(slog.NewTextHandler(s.log, nil))
	p.Output = func(script, line string) { fmt.Fprintln(s.log, "output:", line) }
	p.Failed = func(_ string, err error) { s.failed <- err }
	h, err := builder(t, root).Load(t.Context(), p, filepath.Join(root, "x_wsh.go"), "x_wsh.go", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.h = h
	c := host.Config{Lookup: func(context.Context, string) host.Found { return host.Found{Handler: h} }, Log: p.Log, Rooms: p.Rooms}
	for _, f := range more {
		f(&c)
	}
	s.server, err = host.New(c)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	done := make(chan error)
	go func() { done <- s.server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		h.Life.Retire()
		if t.Failed() {
			s.log.mu.Lock()
			defer s.log.mu.Unlock()
			t.Log(s.log.text.String())
		}
	})
	return s
}

func (s *served) dial() *websocket.Conn {
	s.Helper()
	c, _, err := websocket.Dial(s.Context(), "ws://"+s.addr+"/x?name=Ann", nil)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { c.CloseNow() })
	return c
}

func say(t *testing.T, c *websocket.Conn, text string) string {
	t.Helper()
	if err := c.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
		t.Fatal(err)
	}
	_, got, err := c.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

const all = `//go:build ignore

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"wshd/plugins/wsh"
)

func init() { fmt.Println("began") }

func DoExtraHandshake(r *wsh.Request) error {
	if r.URL.Query().Get("name") == "" {
		return &wsh.HandshakeError{Status: 401, Reason: "who?"}
	}
	return nil
}

func TransferData(r *wsh.Request) error {
	for {
		m, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		switch m.Text() {
		case "panic":
			var p *int
			*p = 1
		case "die":
			go func() { panic("all of it") }()
			select {}
		case "exit":
			os.Exit(3)
		case "pid":
			m = wsh.Text(fmt.Sprint(os.Getpid()))
		case "log":
			r.Log().Warn("said", "n", 3)
		}
		if err := r.SendMessage(m); err != nil {
			return err
		}
	}
}

func PassiveClosingHandshake(r *wsh.Request) (wsh.StatusCode, string, error) {
	return r.CloseCode, strings.ToUpper(r.CloseReason), nil
}

func ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s %s %q from %s", r.Method, r.Host, r.URL, body, strings.Split(r.RemoteAddr, ":")[0])
}
`

func TestACompiledHandlerServes(t *testing.T) {
	s := serve(t, all, Process{})
	s.log.wait(t, "output: began")
	c := s.dial()
	for _, text := range []string{"hello", strings.Repeat("x", 30000), "log"} {
		if got := say(t, c, text); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	s.log.wait(t, "level=WARN msg=said resource=/x script=x_wsh.go")
	if n := len(s.server.Sessions()); n != 1 {
		t.Errorf("got %d sessions, want 1", n)
	}
	c.Close(4001, "bye")
	s.log.wait(t, "code=4001")
	s.log.wait(t, "messages_in=3 messages_out=3")

	if _, res, err := websocket.Dial(t.Context(), "ws://"+s.addr+"/x", nil); err == nil || res.StatusCode != 401 {
		t.Errorf("got %v, %v, want 401", res, err)
	}
	res, err := http.Post("http://"+s.addr+"/x?a=b", "text/plain", strings.NewReader("hi"))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if want := fmt.Sprintf("POST %s /x?a=b \"hi\" from 127.0.0.1", s.addr); string(body) != want {
		t.Errorf("got %q, want %q", body, want)
	}
}

func TestAPanicInAHookNamesItsLine(t *testing.T) {
	s := serve(t, all, Process{})
	c := s.dial()
	c.Write(t.Context(), websocket.MessageText, []byte("panic"))
	if _, _, err := c.Read(t.Context()); websocket.CloseStatus(err) != 1011 {
		t.Errorf("got %v, want 1011", err)
	}
	s.log.wait(t, "x_wsh.go:33: panic: runtime error: invalid memory address or nil pointer dereference")
}

func TestAProcessThatDiesTakesItsConnectionsOnly(t *testing.T) {
	for how, want := range map[string]string{"die": `err="panic: all of it" stack="TransferData.func1 x_wsh.go:35"`, "exit": `err="exit status 3"`} {
		t.Run(how, func(t *testing.T) {
			s := serve(t, all, Process{})
			one, two := s.dial(), s.dial()
			before := say(t, one, "pid")
			two.Write(t.Context(), websocket.MessageText, []byte(how))
			for _, c := range []*websocket.Conn{one, two} {
				if _, _, err := c.Read(t.Context()); websocket.CloseStatus(err) != 1011 {
					t.Errorf("got %v, want 1011", err)
				}
			}
			<-s.failed
			s.log.wait(t, want)
			s.log.wait(t, "handler process started")
			if after := say(t, s.dial(), "pid"); after == before {
				t.Errorf("the same process answers")
			}
			if n := s.server.Totals(); n.Ended < 2 {
				t.Errorf("got %+v, want two ended", n)
			}
		})
	}
}

const talk = `//go:build ignore

package main

import (
	"fmt"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error {
	r.Name = r.URL.Query().Get("name")
	return nil
}

func TransferData(r *wsh.Request) error {
	room, err := r.JoinLast("talk", 2)
	if err != nil {
		return err
	}
	if err := r.SendText(fmt.Sprint(room.Len(), room.Members()[0].Name)); err != nil {
		return err
	}
	return r.Each(func(m wsh.Message) error {
		if m.Text() == "die" {
			go func() { panic("oh") }()
			select {}
		}
		return room.Publish(m)
	})
}

func RenderPublication(p wsh.Publication) wsh.Message { return wsh.Text(p.Room + ": " + p.Message.Text()) }
`

func TestCompiledHandlersShareTheHostsRooms(t *testing.T) {
	hub := &room.Hub{Retention: map[string]room.Retention{"talk": {Messages: 10}}}
	t.Cleanup(hub.Close)
	s := serve(t, talk, Process{Rooms: hub})
	read := func(c *websocket.Conn, want string) {
		t.Helper()
		if _, got, err := c.Read(t.Context()); err != nil || string(got) != want {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
	one := s.dial()
	read(one, "1Ann")
	two := s.dial()
	read(two, "2Ann")
	for i := range 200 {
		text := fmt.Sprint("message ", i)
		if err := one.Write(t.Context(), websocket.MessageText, []byte(text)); err != nil {
			t.Fatal(err)
		}
		read(one, "talk: "+text)
		read(two, "talk: "+text)
	}
	three := s.dial()
	var got []string
	for range 3 {
		_, text, err := three.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(text))
	}
	slices.Sort(got) // what is kept comes beside what the handler sends itself
	if want := []string{"3Ann", "talk: message 198", "talk: message 199"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := hub.Publish("talk", wsh.Text("from the host"), wsh.PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*websocket.Conn{one, two, three} {
		read(c, "talk: from the host")
	}
	three.Write(t.Context(), websocket.MessageText, []byte("die"))
	<-s.failed
	s.log.wait(t, "handler process ended")
	if n := hub.Len("talk"); n != 0 {
		t.Errorf("got %d members of a process that has died, want none", n)
	}
}

const keeps = `//go:build ignore

package main

import (
	"context"
	"fmt"
	"strings"

	"wshd/plugins/wsh"
)

var store, failed = wsh.OpenStore("counts")

func init() {
	fmt.Println("opened", failed)
	context.AfterFunc(wsh.VersionContext(), func() { fmt.Println("replaced") })
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		if to, text, ok := strings.Cut(m.Text(), ">"); ok {
			return wsh.SendTo(to, wsh.Text(text))
		}
		n := 0
		err := store.Update("n", func(old []byte) ([]byte, error) {
			n = len(old) + 1
			return append(old, 'x'), nil
		})
		if err != nil {
			return err
		}
		keys, err := store.Keys("")
		if err != nil {
			return err
		}
		return r.SendText(fmt.Sprint(n, keys, r.ID()))
	})
}
`

func TestCompiledHandlersShareStoresAndReachConnections(t *testing.T) {
	hub := &room.Hub{}
	t.Cleanup(hub.Close)
	s := serve(t, keeps, Process{Rooms: hub})
	s.log.wait(t, "output: opened <nil>")
	one, two := s.dial(), s.dial()
	say(t, one, "x")
	got := say(t, two, "x")
	if !strings.HasPrefix(got, "2 [n]") {
		t.Errorf("got %q, want 2 [n]", got)
	}
	id := strings.TrimPrefix(got, "2 [n]")
	one.Write(t.Context(), websocket.MessageText, []byte(id+">hello"))
	if _, text, err := two.Read(t.Context()); err != nil || string(text) != "hello" {
		t.Errorf("got %q, %v, want hello", text, err)
	}
	if err := hub.Direct(wsh.Addressee{Member: id}, wsh.Action{Code: 4002, Reason: "out"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := two.Read(t.Context()); websocket.CloseStatus(err) != 4002 {
		t.Errorf("got %v, want 4002", err)
	}
	s.h.Life.Acquire()
	s.h.Life.Retire()
	s.log.wait(t, "output: replaced")
	s.h.Life.Release()
}

func TestTLSStaysInTheHost(t *testing.T) {
	s := serve(t, all, Process{})
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	defer certified.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		done <- s.server.Serve(tls.NewListener(l, &tls.Config{Certificates: certified.TLS.Certificates}))
	}()
	t.Cleanup(func() { l.Close(); <-done })
	c, _, err := websocket.Dial(t.Context(), "wss://"+l.Addr().String()+"/x?name=Ann", &websocket.DialOptions{HTTPClient: certified.Client()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	for _, text := range []string{"hello", strings.Repeat("x", 30000)} {
		if got := say(t, c, text); got != text {
			t.Errorf("got %d bytes, want %d", len(got), len(text))
		}
	}
	c.Write(t.Context(), websocket.MessageText, []byte("die"))
	if _, _, err := c.Read(t.Context()); err == nil {
		t.Error("the connection goes on without its process")
	}
	<-s.failed
}

const hungry = `//go:build ignore

package main

import "wshd/plugins/wsh"

var kept [][]byte

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		for range 400 {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = 1
			}
			kept = append(kept, b)
		}
		return r.SendMessage(m)
	})
}
`

func TestAProcessThatTakesTooMuchMemoryIsEnded(t *testing.T) {
	s := serve(t, hungry, Process{Memory: 128 << 20})
	c := s.dial()
	c.Write(t.Context(), websocket.MessageText, []byte("x"))
	for {
		if _, _, err := c.Read(t.Context()); err != nil {
			if websocket.CloseStatus(err) != 1011 {
				t.Errorf("got %v, want 1011", err)
			}
			break
		}
	}
	if err := <-s.failed; !strings.Contains(err.Error(), "more memory than scripts.memory") {
		t.Errorf("got %v, want that it took too much memory", err)
	}
}

const rights = `//go:build ignore

package main

import (
	"fmt"
	"os"
	"strings"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err
	}
	fields := strings.Fields(string(status))
	after := func(name string) string {
		for i, f := range fields {
			if f == name {
				return fields[i+1]
			}
		}
		return ""
	}
	_, open := os.Stat("x_wsh.go")
	groups, err := os.Getgroups()
	return r.SendText(fmt.Sprint(os.Getuid(), " ", os.Getgid(), " ", groups, err, " ", after("NoNewPrivs:"), " ", after("CapEff:"), " ", open, " ", len(os.Getenv("WSHD_SECRET"))))
}
`

func TestAProcessHasTheRightsOfItsUser(t *testing.T) {
	user, want := (*User)(nil), fmt.Sprint(os.Getuid(), " ", os.Getgid(), " ")
	if os.Getuid() == 0 {
		user, want = &User{ID: 65534, Group: 65533}, "65534 65533 [] <nil> 1 0000000000000000 <nil> 0"
	}
	t.Setenv("WSHD_SECRET", "do not tell")
	s := serve(t, rights, Process{User: user})
	c := s.dial()
	_, got, err := c.Read(t.Context())
	if err != nil || !strings.HasPrefix(string(got), want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	c.Close(websocket.StatusNormalClosure, "")
}

const renews = `//go:build ignore

package main

import (
	"errors"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		err := r.Renew(m.Text())
		switch {
		case errors.Is(err, wsh.ErrBadOperation):
			return r.SendText("bad operation")
		case err != nil:
			return r.SendText(err.Error())
		}
		return r.SendText("renewed " + r.User.Name)
	})
}
`

func TestACompiledHandlerRenewsATokenByTheHost(t *testing.T) {
	secret := strings.Repeat("s", 32)
	file := filepath.Join(t.TempDir(), "secret")
	write(t, file, secret)
	k, err := door.ReadKey(file)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(name string, left time.Duration) string {
		claims := jwt.MapClaims{"sub": name, "exp": time.Now().Add(left - 30*time.Second).Unix()} // the leeway is 30s
		text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	s := serve(t, renews, Process{}, func(c *host.Config) {
		c.Rules.Door.Tokens = &door.Tokens{Keys: []door.Key{k}, Close: true}
	})
	header := http.Header{"Authorization": {"Bearer " + sign("ann", time.Hour)}}
	c, _, err := websocket.Dial(t.Context(), "ws://"+s.addr+"/x", &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	for token, want := range map[string]string{
		"nonsense": "renew: token malformed", sign("bob", time.Hour): "bad operation", sign("ann", -time.Minute): "renew: token expired",
		sign("ann", 2*time.Hour): "renewed ann", strings.Repeat("x", mostShown): "bad operation",
	} {
		if got := say(t, c, token); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	// The last one ends soon, and the connection with it.
	if got := say(t, c, sign("ann", 3*time.Second)); got != "renewed ann" {
		t.Errorf("got %q, want renewed ann", got)
	}
	if _, _, err := c.Read(t.Context()); websocket.CloseStatus(err) != 4401 {
		t.Errorf("got %v, want 4401", err)
	}
}

// mostShown is longer than a token that is shown to the host may be.
const mostShown = 100_000
