package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/golang-jwt/jwt/v5"
)

// timeScript answers "late" whenever no message comes for a while, and what it is asked with how long
// it has run.
const timeScript = `//go:build ignore

package main

import (
	"errors"
	"time"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	start, tick := time.Now(), time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		m, err := r.ReceiveTimeout(100 * time.Millisecond)
		if errors.Is(err, wsh.ErrTimeout) {
			m = wsh.Text("late")
		} else if err != nil {
			return err
		}
		<-tick.C
		if ran := time.Since(start); ran < 0 || ran > time.Hour {
			m = wsh.Text(ran.String())
		}
		if err := r.SendMessage(m); err != nil {
			return err
		}
	}
}
`

// floodScript sends for ever.
const floodScript = `//go:build ignore

package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	for {
		if err := r.SendBinary(make([]byte, 1<<16)); err != nil {
			return err
		}
	}
}
`

// secret signs the tokens of the test.
const secret = "a secret that nobody guesses in a hurry"

// timed is a victim, and those who were there before its clock jumps.
type timed struct {
	*victim
	*clock
	handler *talker // of timeScript
	status  *talker // the status page's
	version int     // of the room's handler
	seen    int64   // the last sample of status
	token   string  // good for an hour before and after the true time
}

// newTimed starts wshd with every bound of time that there is.
func newTimed(t *testing.T) *timed {
	c := newClock(t)
	key := filepath.Join(t.TempDir(), "secret")
	writeTree(t, key, []byte(secret), 0o600)
	v := newVictim(t, nil, "--ping-interval", "500ms", "--ping-timeout", "500ms", "--limits-idle-timeout", "1h",
		"--limits-lifetime", "12h", "--limits-handshake-timeout", "2s", "--limits-handshakes-per-second", "100", "--scripts-cpu", "1s",
		"--aliases", "/idle=/echo,/paced=/echo,/tokens=/echo,/flood=/floods",
		"--paths", "{/idle: {limits: {idle_timeout: 500ms}}, /paced: {limits: {messages_per_second: 20}}, "+
			"/flood: {limits: {write_timeout: 500ms}}, /tokens: {auth: {bearer: {keys: ["+key+"]}}}}")
	var cancel func()
	v.ctx, cancel = context.WithTimeout(t.Context(), 3*waitLimit) // it has four leaps to make
	t.Cleanup(cancel)
	for name, text := range map[string]string{"time_wsh.go": timeScript, "floods_wsh.go": floodScript, "spin_wsh.go": spinScript} {
		v.add(name, text)
	}
	for _, name := range []string{"echo", "room", "time", "floods", "spin"} {
		v.logs(`msg="handler loaded" script=` + name + "_wsh.go")
	}
	v.ready(v.listening(v.process))
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "ann",
		"nbf": time.Now().Add(-time.Hour).Unix(), "exp": time.Now().Add(time.Hour).Unix()}).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return &timed{victim: v, clock: c, version: 1, token: token}
}

// TestTheClockJumps sets wshd's clock ahead by a day, back by two, ahead by ten years, and right again.
func TestTheClockJumps(t *testing.T) {
	v := newTimed(t)
	v.handler, v.status = v.opens("ws://"+v.addr+"/time"), v.opens("ws://"+v.admin+"/status")
	spinning := v.dial("/spin")
	const day = 24 * time.Hour
	for _, to := range []time.Duration{day, -day, 3652 * day, 0} {
		t.Logf("the clock is %v off", to)
		v.leap(to)
	}
	v.jump(-day)
	if err := spinning.Write(v.ctx, websocket.MessageText, []byte("spin")); err != nil {
		t.Fatal(err)
	}
	v.jump(day)
	v.logs(`msg="handler killed, its connections are closed" script=spin_wsh.go .*ran for 1s`)
	v.logs(`msg="handler reloaded" script=spin_wsh.go`)
	v.jump(0)
	if odd := regexp.MustCompile(`.* dur=(-|[0-9]+h).*`).FindString(v.log()); odd != "" {
		t.Errorf("nothing took that long: %s", odd)
	}
	_, _ = v.handler.CloseNow(), v.status.CloseNow()
	v.unharmed()
	v.jump(-day)
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	v.logs(`msg="connection closed" resource=/echo .*code=1001 .* messages_in=[0-9]{2}`)
	if code, err := v.exitCode(); code != 0 || err != nil {
		t.Errorf("got %d %v, want 0", code, err)
	}
}

// leap begins what takes its time, has the clock jump, and looks how it ends.
func (v *timed) leap(to time.Duration) {
	v.t.Helper()
	late := v.begins()
	paced, idle := v.dial("/paced"), v.dial("/idle")
	for range 20 { // a second's worth
		v.echoes(paced)
	}
	silent, _, err := v.opened("/echo")
	if err != nil {
		v.t.Fatal(err)
	}
	deaf, _, err := v.opened("/flood")
	if err != nil {
		v.t.Fatal(err)
	}
	begun := v.begins()
	v.jump(to)
	v.goOn(begun, paced)
	if got := strings.Join(v.hears(v.handler, 3), " "); got != "late late late" {
		v.t.Errorf("a handler that waits says %s", got)
	}
	v.samples()
	if got, want := v.knocks("/tokens", v.token), to.Abs() < time.Hour; got != want {
		v.t.Errorf("a token for this hour opens: %v, want %v", got, want)
	}
	v.version++
	v.answers("handlers", fmt.Sprint("version ", v.version))
	v.isAnswered(fmt.Sprint("version ", v.version), v.version)
	for _, line := range []string{
		`msg="connection closed" resource=/echo .*reason="no answer to a ping"`,
		`msg="connection closed" resource=/idle .*code=1001 .*reason="no message for 500ms"`,
		`msg="connection closed" resource=/flood .*reason="the client takes nothing more`,
	} {
		v.logs(line)
	}
	if _, err := io.Copy(io.Discard, late); errors.Is(err, os.ErrDeadlineExceeded) {
		v.t.Error("who never ends a request is not cut off")
	}
	for _, end := range []interface{ Close() error }{silent, deaf, late, begun} {
		end.Close()
	}
	_, _ = paced.CloseNow(), idle.CloseNow()
}

// begins begins a request.
func (v *timed) begins() net.Conn {
	v.t.Helper()
	nc, err := v.raw()
	if err == nil {
		_, err = fmt.Fprint(nc, "GET /healthz HTTP/1.1\r\n")
	}
	if err != nil {
		v.t.Fatal(err)
	}
	return nc
}

// goOn wants those to be served who were there when the clock jumped.
func (v *timed) goOn(begun net.Conn, paced *talker) {
	v.t.Helper()
	fmt.Fprint(begun, "Host: x\r\n\r\n")
	answer := make([]byte, len("HTTP/1.1 404"))
	if _, err := io.ReadFull(begun, answer); err != nil || string(answer) != "HTTP/1.1 404" {
		v.t.Errorf("who had begun a request got %q %v", answer, err)
	}
	v.echoes(v.steady)
	for range 10 { // which have to wait
		v.echoes(paced)
	}
	if text := v.ask("/metrics"); !strings.Contains(text, `wshd_limit_hits_total{limit="messages_per_second"}`) {
		v.t.Errorf("no limit was met:\n%s", text)
	}
}

// hears is what a client hears next, after what it has heard already.
func (v *timed) hears(c *talker, n int) (texts []string) {
	v.t.Helper()
	for range len(c.heard) {
		<-c.heard
	}
	for range n {
		text, open := <-c.heard
		if !open {
			v.t.Fatalf("the connection has ended\n%s", v.log())
		}
		texts = append(texts, text)
	}
	return texts
}

// samples wants the status page to go on, with samples that are later than those before.
func (v *timed) samples() {
	v.t.Helper()
	for _, text := range v.hears(v.status, 2) {
		var news struct{ Samples []struct{ At int64 } }
		if err := json.Unmarshal([]byte(text), &news); err != nil {
			v.t.Fatal(err)
		}
		if len(news.Samples) == 0 || news.Samples[0].At <= v.seen {
			v.t.Errorf("after a sample of %d came %v", v.seen, news.Samples)
			continue
		}
		v.seen = news.Samples[0].At
	}
}

// opens dials with the admin token, and hears everything.
func (v *timed) opens(address string) *talker {
	v.t.Helper()
	c, _, err := websocket.Dial(v.ctx, address, bearing(adminToken))
	if err != nil {
		v.t.Fatal(err)
	}
	c.SetReadLimit(-1)
	return v.talk(c, 10_000)
}

func bearing(token string) *websocket.DialOptions {
	return &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}}
}

// knocks reports whether a token lets in.
func (v *timed) knocks(path, token string) bool {
	v.t.Helper()
	c, res, err := websocket.Dial(v.ctx, "ws://"+v.addr+path, bearing(token))
	if err != nil {
		if res == nil || res.StatusCode != http.StatusUnauthorized {
			v.t.Errorf("got %v, want 401", err)
		}
		return false
	}
	_ = c.CloseNow()
	return true
}
