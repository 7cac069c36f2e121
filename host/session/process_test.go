//go:build unix

package session

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"

	"wshd/plugins/wsh"
)

// handedOver is all that another process needs besides the connection itself.
type handedOver struct {
	Request *wsh.Request
	Read    []byte // of the connection, after the handshake
}

const childEnv = "WSHD_TEST_SESSION"

// asChild runs one session of the connection that descriptor 3 is, if this process is to, and tells the
// reports.
func asChild() bool {
	given := os.Getenv(childEnv)
	if given == "" {
		return false
	}
	var h handedOver
	if err := json.Unmarshal([]byte(given), &h); err != nil {
		panic(err)
	}
	file := os.NewFile(3, "connection")
	nc, err := net.FileConn(file)
	if err != nil {
		panic(err)
	}
	file.Close()
	told := newReports()
	New(nc, h.Read, h.Request, Config{ID: "1", Path: "/x", Owner: told.owner(), Handler: &wsh.Handler{
		DoExtraHandshake: func(r *wsh.Request) error { r.Protocol = r.RequestedProtocols[1]; return nil },
		TransferData:     func(r *wsh.Request) error { return r.Each(r.SendMessage) },
		PassiveClosingHandshake: func(r *wsh.Request) (wsh.StatusCode, string, error) {
			return r.CloseCode + 1, fmt.Sprint(r.User.Name, " from ", r.RemoteAddr), nil
		},
	}}).Run()
	fmt.Println(told.got())
	return true
}

// A connection accepted here, whose handshake and first message have been read, is a session there.
func TestASessionRunsInAnotherProcess(t *testing.T) {
	c, nc := pair(t)
	fmt.Fprint(c.nc, "GET /x HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	c.send(wsh.OpcodeText, "early")
	br := bufio.NewReader(nc)
	q, err := http.ReadRequest(br)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := br.Peek(6 + len("early")); err != nil {
		t.Fatal(err)
	}
	r := request("a", "b")
	r.Header, r.URL = q.Header, q.URL
	read, _ := br.Peek(br.Buffered())
	given, err := json.Marshal(handedOver{r, read})
	if err != nil {
		t.Fatal(err)
	}
	file, err := nc.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+string(given))
	cmd.ExtraFiles, cmd.Stderr = []*os.File{file}, os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	file.Close()
	if res := c.answer(); res.StatusCode != 101 || res.Header.Get("Sec-Websocket-Protocol") != "b" {
		t.Errorf("got %d %v", res.StatusCode, res.Header)
	}
	c.send(wsh.OpcodeText, "later")
	c.want("Tearly", "Tlater")
	c.sendClose(3000)
	c.want("C3001 ann from 192.0.2.1:4711", "EOF")
	c.nc.Close()
	told, err := bufio.NewReader(out).ReadString('\n')
	if want := "returned DoExtraHandshake; answered 101; returned PassiveClosingHandshake; returned TransferData; ended 3000\n"; told != want || err != nil {
		t.Errorf("got %q, %v, want %q", told, err, want)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
