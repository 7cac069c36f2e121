package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// uploadScript takes a plain request's body.
const uploadScript = `//go:build ignore

package main

import (
	"fmt"
	"io"
	"net/http"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error { return nil }

func ServeHTTP(w http.ResponseWriter, q *http.Request) {
	n, err := io.Copy(io.Discard, q.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintln(w, n)
}
`

// TestSlowPlainRequests has clients send bodies that never end, and ask for a large file and never read
// it, at both listeners.
func TestSlowPlainRequests(t *testing.T) {
	files := t.TempDir()
	writeTree(t, filepath.Join(files, "large"), make([]byte, 32<<20), 0o644)
	v := newVictim(t, nil, "--limits-handshake-timeout", "500ms", "--limits-write-timeout", "500ms", "--document-root", files)
	v.add("upload_wsh.go", uploadScript)
	v.logs(`msg="handler loaded" script=upload_wsh.go`)
	v.ready(v.listening(v.process))
	patient, err := v.raw()
	if err != nil {
		t.Fatal(err)
	}
	defer patient.Close()
	v.isMissing(patient, "") // and its connection is kept
	v.settle()
	const body = "Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ntoken="
	var asked []net.Conn // of the admin listener
	for _, who := range []struct{ addr, text string }{
		{v.addr, "POST /nothing HTTP/1.1\r\n" + body},
		{v.addr, "POST /upload HTTP/1.1\r\n" + body},
		{v.addr, "GET /echo HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n" + body},
		{v.admin, "POST /login HTTP/1.1\r\n" + body},
		{v.admin, "POST /nothing HTTP/1.1\r\n" + body},
		{v.admin, "GET /sta"},
		{v.addr, "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n"},
	} {
		for range 20 {
			nc, err := net.Dial("tcp", who.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close() // they stay as they are until all is over
			if _, err := io.WriteString(nc, who.text); err != nil {
				t.Fatal(err)
			}
			if who.addr == v.admin {
				asked = append(asked, nc)
			}
		}
	}
	v.echoes(v.steady)
	for _, nc := range asked { // they are all that one client may have there
		v.isEnded(nc)
	}
	v.unharmed()
	v.isMissing(patient, "Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n") // by now the time of the first is over
}

// isEnded waits until wshd ends a connection.
func (v *victim) isEnded(nc net.Conn) {
	v.t.Helper()
	end, _ := v.ctx.Deadline()
	if err := nc.SetReadDeadline(end); err != nil {
		v.t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, nc); errors.Is(err, os.ErrDeadlineExceeded) { // a reset is an end
		v.t.Fatalf("%v: the admin side still waits\n%s", err, v.log())
	}
}

// isMissing asks for what is not there.
func (v *victim) isMissing(nc net.Conn, headers string) {
	v.t.Helper()
	fmt.Fprintf(nc, "GET /nothing HTTP/1.1\r\nHost: localhost\r\n%s\r\n", headers)
	res, err := http.ReadResponse(bufio.NewReader(nc), nil)
	if err != nil || res.StatusCode != http.StatusNotFound {
		v.t.Fatalf("got %v %v, want 404", res, err)
	}
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		v.t.Fatal(err)
	}
}
