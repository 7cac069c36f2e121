package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// testStartPageElsewhere takes the start page of a folder that holds other handlers, and then of none.
func testStartPageElsewhere(t *testing.T, b *browserProcess, program string) {
	root := t.TempDir()
	r := serveExamples(t, program, "0", "-w", root)
	p := b.open(t, "http://localhost:"+r.port+"/")
	p.sees("#steps", "Nothing is served yet: begin here")
	p.sees("#folder", root)
	p.until(`document.querySelector("#try").hidden && document.querySelectorAll(".nav a:not([hidden])").length === 2`, "[document.body.innerText]")

	hello := chromedp.Evaluate[string](`document.querySelector("#hello").textContent`)
	text, err := chromedp.Run(p.ctx, hello)
	if err != nil {
		t.Fatal(err)
	}
	save := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(root, "hello_wsh.go"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save(text)
	p.sees("#waits", "It answers.")
	p.sees(`.example[data-path="/hello"]`, "It has no doc comment.")
	p.follow("#waits a") // to the console, with what to say
	p.click("#connect")
	p.sees("#log li", "open")
	p.click("#send")
	p.sees("#log .in", "Hello, you")
	save(strings.Replace(text, "return nil", "return nill", 1))
	p.sees("#broken", "hello_wsh.go was saved broken: version 1 still answers")
	p.sees("#broken pre", "hello_wsh.go:8:9: undefined: nill\n    return nill\n           ^")
	p.click("#send") // and it does
	p.until(`log.rows.filter(r => r.way === "in" && r.text === "Hello, you").length === 2`, "[document.body.innerText]")
	save("// Hello greets. Always.\n" + text)
	p.until(`document.querySelector("#broken").hidden`, "[document.body.innerText]")
	p.wantNoProblems()
}

// testInitPage takes the page that wshd init lays.
func testInitPage(t *testing.T, b *browserProcess, program string) {
	site := filepath.Join(t.TempDir(), "site")
	if out, err := exec.Command(program, "init", site).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := serveExamples(t, program, "0", "--config", filepath.Join(site, "config.yaml"))
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
	p.sees("#log li", "no connection to /hello; 404: nothing is served here")
	p.until(`!document.querySelector("#console").hidden`, "[document.body.textContent]")
	b.open(t, "http://localhost:"+r.port+"/console.html").sees("#choice", "/echo") // it knows the handlers of the folder
}
