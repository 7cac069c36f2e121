package main

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// testStartPageElsewhere takes the start page of a folder that holds other handlers, and then of none.
func testStartPageElsewhere(t *testing.T, b *browserProcess, program string) {
	r := serveExamples(t, program, "0", "-w", t.TempDir())
	p := b.open(t, "http://localhost:"+r.port+"/")
	p.sees("#answer", "There is no /echo here. Try your own handlers in the console.")
	r.stop()
	p.sees("#answer", "Nothing answers at ws://localhost:"+r.port+"/echo.")
}

// testInitPage takes the page that wshd init lays.
func testInitPage(t *testing.T, b *browserProcess, program string) {
	site := filepath.Join(t.TempDir(), "site")
	if out, err := exec.Command(program, "init", site).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := serveExamples(t, program, "0", "-w", site, "-d", filepath.Join(site, "pages"))
	p := b.open(t, "http://localhost:"+r.port+"/")
	p.fill("#text", "你好")
	p.click("#form button") // connects, too
	p.sees("#log li", "connected to /echo")
	p.sees("#log li", "你好")
	p.click("#opening button")
	p.until(`[...document.querySelectorAll("#log li")].filter(e => e.textContent === "connected to /echo").length === 2`, "[document.body.textContent]")
	p.sees("#log li", "closed with 1000")
	p.wantNoProblems()
	p.fill("#path", "/hello")
	p.click("#opening button")
	p.sees("#log li", "no connection to /hello: wshd's log says why")
}
