package main

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// whereHandler answers pages and messages with where the client is, and by which protocol.
const whereHandler = `//go:build ignore

package main

import (
	"fmt"
	"net/http"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		return r.SendText(m.Text() + " " + r.Proto + " " + r.RemoteAddr)
	})
}

func ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, page, q.Proto, q.RemoteAddr)
}

const page = ` + "`" + `<!doctype html><title>where</title><link rel="icon" href="data:,"><p id="page">page %s %s</p><ol></ol><script>
for (let i = 0; i < 3; i++) {
	const ws = new WebSocket("wss://" + location.host + "/where");
	ws.onopen = () => ws.send("socket");
	ws.onmessage = e => document.querySelector("ol").append(Object.assign(document.createElement("li"), {textContent: e.data}));
	ws.onerror = () => document.title = "failed";
}
</script>` + "`" + `
`

// testHTTP2 has a page's three WebSockets share the connection that it came by.
func testHTTP2(t *testing.T, b *browserProcess, program string) {
	root := t.TempDir()
	cert := &x509.Certificate{Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	if _, err := makeCert(root, "server", cert, cert, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "where_wsh.go"), []byte(whereHandler), 0o600); err != nil {
		t.Fatal(err)
	}
	r := serveExamples(t, program, "0", "-w", root, "--tls-http2",
		"--tls-certificate", filepath.Join(root, "server.pem"), "--tls-key", filepath.Join(root, "server.key"))
	p := b.open(t, "https://localhost:"+r.port+"/where")
	p.until(`document.querySelectorAll("li").length === 3`, "[document.body.innerText, document.title]")
	p.until(`(page => page.startsWith("page HTTP/2.0 ") && [...document.querySelectorAll("li")].every(li => li.textContent === page.replace("page", "socket")))
		(document.querySelector("#page").textContent)`, "[document.body.innerText]")
	p.wantNoProblems()
}
