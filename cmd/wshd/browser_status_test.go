package main

import (
	"path/filepath"
	"syscall"
	"testing"
)

const adminToken = "a token for the tests"

// testStatus looks at the status page while there is something to see: handlers good and bad, clients,
// messages, a log.
func testStatus(t *testing.T, b *browserProcess) {
	config := filepath.Join(t.TempDir(), "config.yaml")
	writeTree(t, config, []byte("admin: {hosts: [wshd.example]}\n"), 0o644)
	v := newVictim(t, nil, "--config", config)
	v.ready(v.listening(v.process))
	room := v.dial("/room")
	writeTree(t, filepath.Join(v.dir, "handlers", "wrong_wsh.go"), []byte(echoScript+"\nfunc f() { var unused int }\n"), 0o644)
	v.logs(`msg="handler not loaded" script=wrong_wsh.go`)

	p := b.open(t, "http://"+v.admin+"/status")
	p.sees("h1", "wshd status") // the way in
	p.fill("[name=token]", "not the token, as it happens")
	p.follow("button")
	p.until(`getComputedStyle(document.querySelector("#wrong")).display === "block"`, "[location.href]")
	p.fill("[name=token]", adminToken)
	p.follow("button")
	p.sees("#state", "ready")
	p.sees(".handlers .serving", "echo_wsh.go · version 1 · DoExtraHandshake, TransferData")
	p.sees("#served", "2 of 3 serving, 1 broken")
	p.sees(".handlers > :first-child", "/wrong") // what is to be seen to comes first
	p.sees(".handlers .broken .what", "does not load")
	p.sees(".handlers .faults", "wrong_wsh.go:11:16: declared and not used: unused")
	p.sees(".handlers .faults", "    func f() { var unused int }\n                   ^")
	p.sees("#connections .path", "/echo")
	p.sees("#connections .path", "/room")
	p.sees("#log .error", "wrong_wsh.go")

	v.said(room, "hello")
	p.until(`document.querySelector("#messages path.in")`, "[document.querySelector('#messages').innerHTML]")
	p.fill("#filter", "room")
	p.until(`document.querySelector("#filter").dispatchEvent(new Event("input"))`, "[document.title]")
	p.until(`document.querySelectorAll("#connections tr").length === 1`, "[document.querySelector('#connections').textContent]")
	p.click("#connections button")
	if _, open := <-room.heard; open {
		t.Error("the connection goes on after its button was pressed")
	}
	p.sees("#nobody", "Nobody who matches is connected.")
	p.sees("#log", `resource=/room`)

	// The page goes on when another configuration is there for it.
	writeTree(t, config, []byte("admin: {hosts: [status.example]}\n"), 0o644)
	if err := v.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	v.logs(`msg="configuration reloaded"`)
	v.add("wrong_wsh.go", echoScript)
	p.sees(".handlers .serving", "wrong_wsh.go · version 1")
	p.wantNoProblems()
}
