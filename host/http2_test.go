package host

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"wshd/plugins/wsh"
)

// http2Only has the clients of tests speak HTTP/2: in a process of its own, since net/http reads when it starts
// whether extended CONNECT is wanted.
var http2Only = os.Getenv("WSHD_TEST_HTTP2") != ""

// secured speaks TLS on a listener, and offers HTTP/2 there.
func secured(t *testing.T, l net.Listener) net.Listener {
	t.Helper()
	certs := httptest.NewUnstartedServer(nil)
	certs.StartTLS()
	certs.Close()
	return tls.NewListener(l, &tls.Config{Certificates: certs.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"}})
}

// TestHTTP2 runs what RFC 6455 and RFC 7692 ask for over HTTP/2, and the tests of HTTP/2 itself.
func TestHTTP2(t *testing.T) {
	if !http2Only {
		t.Parallel()
		wire := "TestEveryFirstOctet TestEveryLength TestMasks TestFragments TestControlFrames TestOwnFragments TestCloseByTheClient " +
			"TestCloseByTheServer TestNothingIsReadAfterAFault TestCloseCodesReceived TestCloseCodesSent TestTextCutAnywhere " +
			"TestBadTextFailsAtItsFirstBadOctet TestCompressedOctets TestCompressedBit TestBadCompressedData TestAnswersToOffers TestHTTP2"
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run", "^("+strings.ReplaceAll(wire, " ", "|")+")$")
		cmd.Env = append(os.Environ(), "WSHD_TEST_HTTP2=1", "GODEBUG=http2xconnect=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for _, name := range strings.Fields(wire) {
			if !strings.Contains(string(out), "--- PASS: "+name+" ") {
				t.Errorf("%s did not run", name)
			}
		}
		return
	}
	t.Run("several streams of one connection", testStreamsShareAConnection)
}

func testStreamsShareAConnection(t *testing.T) {
	told := make(chan *wsh.Request, 2)
	h := serve(t, handlers{"/echo": {DoExtraHandshake: func(r *wsh.Request) error {
		told <- r
		return nil
	}, TransferData: echo}}, Config{})
	nc, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	c := dialHTTP2(t, nc)
	if !c.connect {
		t.Fatal("extended CONNECT is not offered")
	}
	a, b := streamClient(t, c), streamClient(t, c)
	a.openedBy(head("/echo?a"))
	b.openedBy(head("/echo?b"))
	for range 2 {
		r := <-told
		if r.Proto != "HTTP/2.0" || r.Method != "GET" || r.Header.Get(":protocol") != "" || r.Host != "127.0.0.1" || !strings.HasPrefix(r.Resource, "/echo?") {
			t.Errorf("the handler is told %+v", r)
		}
	}
	if got := h.Connections(); got != 2 {
		t.Errorf("got %d connections, want 2", got)
	}
	b.send(wsh.OpcodeText, "to b")
	a.send(wsh.OpcodeText, "to a")
	a.want(`T"to a"`)
	b.want(`T"to b"`)
	a.sendClose(1000, "")
	a.want(`C1000""`, "EOF")
	b.send(wsh.OpcodeText, "still there")
	b.want(`T"still there"`)
	b.Close()
	h.log.wait(t, "connection closed", "code=1006")
}

func streamClient(t *testing.T, c *http2Conn) *client {
	return newClient(t, c.stream())
}

var _, _ = errors.Is, io.EOF
