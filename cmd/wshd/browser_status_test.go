package main

import (
	"context"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const adminToken = "a token for the tests"

// failScript panics.
const failScript = `//go:build ignore

package main

import "wshd/plugins/wsh"

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	var list []error
	return list[3]
}
`

// testStatus looks at the status page while there is something to see: handlers good and bad, clients,
// messages, a log.
func testStatus(t *testing.T, b *browserProcess) {
	config := filepath.Join(t.TempDir(), "config.yaml")
	writeTree(t, config, []byte("admin: {hosts: [wshd.example]}\n"), 0o644)
	v := newVictim(t, nil, "--config", config, "--scripts-cpu", "300ms", "--paths", "{/named: {origins: [default]}}")
	v.ready(v.listening(v.process))
	v.add("named_wsh.go", strings.Replace(echoScript, "error { return nil }", "error { r.Name = r.URL.Query().Get(\"name\"); return nil }", 1))
	v.logs(`msg="handler loaded" script=named_wsh.go`)
	v.dial("/named?name=Ann")
	room := v.dial("/room")
	writeTree(t, filepath.Join(v.dir, "handlers", "wrong_wsh.go"), []byte(echoScript+"\nfunc f() { var unused int }\n"), 0o644)
	v.logs(`msg="handler not loaded" script=wrong_wsh.go`)
	v.add("fails_wsh.go", failScript)
	v.logs(`msg="handler loaded" script=fails_wsh.go`)
	v.ends("/fails", 1011)

	p := b.open(t, "http://"+v.admin+"/status")
	p.sees("h1", "wshd status") // the way in
	p.fill("[name=token]", "not the token, as it happens")
	p.follow("button")
	p.until(`getComputedStyle(document.querySelector("#wrong")).display === "block"`, "[location.href]")
	p.fill("[name=token]", adminToken)
	p.follow("button")
	p.sees("#state", "ready")
	p.sees("#serving tr", "/echoecho_wsh.go1DoExtraHandshake, TransferData")
	p.sees("#served", "4 of 5 serving, 1 broken, 1 failing")
	p.sees("#healthyNow", "3 handlers without a fault")
	p.edit("#search", "input", "room")
	p.until(`[...document.querySelectorAll("#serving tr, #handlers li")].filter(e => !e.hidden).length === 1`, "[document.querySelector('#serving').textContent]")
	p.edit("#search", "input", "")
	p.sees(".handlers > :first-child", "/wrong") // what is to be seen to comes first
	p.sees(".handlers .broken .what", "does not load")
	p.sees(".handlers .faults", "wrong_wsh.go:11:16: declared and not used: unused")
	p.sees(".handlers .faults", "    func f() { var unused int }\n                   ^")
	p.sees(".handlers .failing .what", "fails_wsh.go · version 1")
	p.sees(".handlers .failing .fails", "version 1 failed once, ")
	p.sees(".handlers .failing .faults", "fails_wsh.go:11:13: panic: runtime error: index out of range [3] with length 0")
	p.sees(".handlers .failing pre", "    return list[3]\n               ^")
	p.sees("#connections .path", "/echo")
	p.sees("#connections .path", "/room")
	p.sees("#connections small", "Ann")
	p.sees("#log .error", "wrong_wsh.go")

	testStatusByAddress(t, b, v)

	v.said(room, "hello")
	p.until(`document.querySelector("#messages path.in")`, "[document.querySelector('#messages').innerHTML]")
	p.fill("#filter", "room")
	p.until(`document.querySelector("#filter").dispatchEvent(new Event("input"))`, "[document.title]")
	p.until(`document.querySelectorAll("#connections tr").length === 1`, "[document.querySelector('#connections').textContent]")
	p.click("#connections button")
	if asked := <-p.alerts; !strings.HasPrefix(asked, "Close the connection of 127.0.0.1:") || !strings.HasSuffix(asked, " at /room?") {
		t.Errorf("before a connection is closed the page asks %q", asked)
	}
	if _, open := <-room.heard; open {
		t.Error("the connection goes on after its button was pressed")
	}
	p.sees("#nobody", "Nobody who matches is connected.")
	p.sees("#log", `resource=/room`)
	testStatusCounts(v, p)
	testStatusLog(v, p)

	// The page goes on when another configuration is there for it.
	writeTree(t, config, []byte("admin: {hosts: [status.example]}\n"), 0o644)
	if err := v.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	v.logs(`msg="configuration reloaded"`)
	v.add("wrong_wsh.go", echoScript)
	p.sees("#serving tr", "/wrongwrong_wsh.go1")
	testFailures(v, p)
	p.wantNoProblems()
	if err := v.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.sees("#state", "no connection to wshd since ")
	p.until(`document.body.classList.contains("away") && getComputedStyle(document.querySelector(".figures")).opacity < 1`, "[document.body.className]")
}

// testStatusCounts looks who is turned away, and how long hooks take.
func testStatusCounts(v *victim, p *tab) {
	v.t.Helper()
	p.sees("#hooks tr", "DoExtraHandshake")
	p.until(`/^≤ .*s$/.test(document.querySelector("#hookTime").textContent)`, "[document.querySelector('#hookTime').textContent]")
	q, err := http.NewRequest(http.MethodGet, "http://"+v.addr+"/named", nil)
	if err != nil {
		v.t.Fatal(err)
	}
	for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": "https://evil.example"} {
		q.Header.Set(name, value)
	}
	answer, err := http.DefaultTransport.RoundTrip(q)
	if err != nil || answer.StatusCode != http.StatusForbidden {
		v.t.Fatalf("another site: got %v, %v", answer, err)
	}
	answer.Body.Close()
	p.sees("#refused tr", "origin not allowed11")
	p.sees("#refusedNow", "1 in all")
}

// testStatusLog chooses lines of the log.
func testStatusLog(v *victim, p *tab) {
	v.t.Helper()
	p.edit("#level", "change", "ERROR")
	p.until(`!document.querySelector("#log li:not(.error):not(:empty)") || [...document.querySelectorAll("#log li:not(.error)")].every(e => e.textContent.startsWith("\t"))`,
		"[document.querySelector('#log').textContent]")
	p.edit("#level", "change", "")
	p.edit("#logFilter", "input", "evil.example")
	p.until(`document.querySelectorAll("#log li").length === 1`, "[document.querySelector('#log').textContent]")
	p.click("#pause")
	v.ends("/fails", 1011)
	p.sees("#pause", "Go on (")
	p.edit("#logFilter", "input", "")
	p.click("#pause")
	p.sees("#pause", "Pause")
	p.sees("#log .error", "fails_wsh.go")
}

// testStatusByAddress opens the page by an address with the token, as wshd prints it.
func testStatusByAddress(t *testing.T, b *browserProcess, v *victim) {
	p := b.open(t, "http://"+v.admin+"/login")
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	loaded := chromedp.Events(ctx, page.LoadEventFired)
	p.do(chromedp.Navigate("about:blank"), chromedp.Navigate("http://"+v.admin+"/login#token="+url.QueryEscape(adminToken)))
	for _, err := range loaded {
		if err != nil {
			t.Fatalf("the address does not lead to the status page: %v", err)
		}
		// It is an error while another page is coming.
		if at, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.pathname")); err == nil && at == "/status" {
			break
		}
	}
	p.sees("#state", "ready")
}

// testFailures looks how failures come and go.
func testFailures(v *victim, p *tab) {
	v.t.Helper()
	v.ends("/fails", 1011)
	p.sees(".handlers .failing .fails", "version 1 failed 3 times, the last time")
	v.add("fails_wsh.go", spinScript)
	p.sees("#serving .past", "version 1 failed 3 times, the last time")
	p.until(`!document.querySelector(".handlers .failing")`, "[document.querySelector('.handlers').textContent]")
	spinning := v.dial("/fails")
	if got := v.said(spinning, "spin"); got != "" {
		v.t.Errorf("a script that never waits answers %q", got)
	}
	p.sees(".handlers .failing .what", "fails_wsh.go · version 3")
	p.sees(".handlers .failing .fails", "version 2 was stopped")
	p.sees(".handlers .failing pre", `for m.Is("spin") {`)
}
