package main

import (
	"crypto/x509"
	"os/exec"
	"path/filepath"
	"testing"
)

// testPagesBelowAPrefix takes all pages behind the real web servers, which put them and their handlers
// below /ws/ with the files in docs.
func testPagesBelowAPrefix(t *testing.T, b *browserProcess, program string) {
	for _, f := range fronts() {
		if f.unix || f.patient {
			continue // the same pages by another way to wshd
		}
		t.Run(f.name, func(t *testing.T) {
			r := serveExamples(t, program, "0", "--trusted-proxies", "127.0.0.1", "-m", "../../scripts/handler_map.txt")
			at := startFront(t, f, r)
			testEachPage(t, b, func(page string) string { return at + page })
			t.Run("a handler's page", func(t *testing.T) { testHandlersPage(t, b, at+"app02/echo/") })
			t.Run("init", func(t *testing.T) {
				site := filepath.Join(t.TempDir(), "site")
				if out, err := exec.Command(program, "init", site).CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				r := serveExamples(t, program, "0", "--trusted-proxies", "127.0.0.1", "-w", site, "-d", filepath.Join(site, "pages"))
				p := b.open(t, startFront(t, f, r))
				p.click("#form button")
				p.sees("#log li", "Hello")
				p.wantNoProblems()
			})
		})
	}
}

// startFront puts a web server before wshd and returns the address that stands for wshd's root.
func startFront(t *testing.T, f front, r *running) string {
	t.Helper()
	dir := t.TempDir()
	cert := &x509.Certificate{DNSNames: []string{"example.com"}}
	if _, err := makeCert(dir, "cert", cert, cert, nil); err != nil {
		t.Fatal(err)
	}
	s := site{plain: freeAddr(t), secure: freeAddr(t), back: "127.0.0.1:" + r.port,
		cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "cert.key")}
	f.start(t, f, s)
	return "https://" + s.secure + "/ws/"
}

// testHandlersPage takes the page that a handler answers with: it has the look of the others, and their bar.
func testHandlersPage(t *testing.T, b *browserProcess, address string) {
	p := b.open(t, address)
	p.sees(".nav a[aria-current]", "One URL")
	p.until(`getComputedStyle(document.querySelector(".panel")).borderTopWidth === "1px"`, "[document.title]")
	p.click("#connect")
	p.sees("#out", "open")
	p.click("#send")
	p.sees("#out", "WebSocket: hello这是你发来的。。。")
	p.follow(".nav a")
	p.sees("h1", "")
	p.wantNoProblems()
}
