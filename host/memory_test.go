//go:build unix

package host

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"math"
	"net"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"wshd/host/room"
	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// What waits for a client that does not read takes no more memory than WriteBuffer, beside what a
// connection that has something to do takes anyway. In these tests a client gets, or would get, volume
// bytes.
const (
	deafClients  = 2
	writeBuffer  = 64 << 10
	volume       = 2 << 20
	anyway       = 144 << 10 // buffers for reading and for writing, stacks
	compressor   = 1 << 20   // compress/flate's tables, and what it has made of a frame
	smallMessage = 1000
	largeMessage = 100_000 // more than WriteBuffer
)

// deafCase is a way by which something waits for a client. send goes on until it cannot, or volume has
// been sent.
type deafCase struct {
	name      string
	own       int // bytes that it takes besides, as many as a message is large
	send      func(r *wsh.Request) error
	ends      bool // send returns, though nobody reads
	publishes bool
	latest    bool   // only the latest is sent, which may be so few that they fit into the sockets' buffers
	talk      string // what the client sends over and over, and then a message
}

func TestMemoryForAClientThatDoesNotRead(t *testing.T) {
	certs := httptest.NewUnstartedServer(nil)
	certs.StartTLS()
	defer certs.Close()
	cases := pingCases()
	for _, size := range []int{smallMessage, largeMessage} {
		cases = append(cases, deafCases(size)...)
	}
	for _, on := range []deafNetwork{
		{name: "TCP"},
		{name: "TLS", tls: certs.TLS},
		{name: "compressed", extensions: []string{pmd, pmd + server0}},
		{name: "closed when slow", overflow: room.Close},
	} {
		for _, tt := range cases {
			if on.overflow == room.DropOldest || tt.publishes {
				t.Run(on.name+", "+tt.name, func(t *testing.T) { tt.try(t, on) })
			}
		}
	}
}

// deafNetwork is between the clients and the handler.
type deafNetwork struct {
	name       string
	tls        *tls.Config
	extensions []string // which the clients offer in turn
	overflow   room.Overflow
}

// host serves the case, and returns what begins its sending, and what it comes to.
func (tt deafCase) host(t *testing.T, on deafNetwork) (h *testHost, start chan struct{}, sent chan error) {
	start, sent = make(chan struct{}), make(chan error, deafClients)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	transfer := func(r *wsh.Request) error {
		<-start
		err := tt.send(r)
		sent <- err
		<-r.Context().Done()
		return err
	}
	return serveOn(t, narrow{l, on.tls}, handlers{"/x": {DoExtraHandshake: accept, TransferData: transfer}}, Config{
		WriteBuffer: writeBuffer,
		Rooms:       &room.Hub{Queue: volume, Bytes: writeBuffer, Overflow: on.overflow, Offer: stream.Offer},
		Rules:       Rules{Stream: stream.Config{Compression: true, ContextTakeover: true, CloseTimeout: patience}},
	}), start, sent
}

func (tt deafCase) try(t *testing.T, on deafNetwork) {
	h, start, sent := tt.host(t, on)
	var clients []*client
	for i := range deafClients {
		clients = append(clients, deaf(t, h.addr, on, i))
	}
	before := memoryInUse()
	close(start)
	talked := make(chan struct{}, deafClients)
	for _, c := range clients {
		go func() {
			tt.flood(c)
			talked <- struct{}{}
		}()
	}
	if tt.ends {
		for range clients {
			if err := <-sent; err != nil {
				t.Error(err)
			}
		}
	}
	if on.overflow == room.DropOldest && !tt.latest {
		waitUntilAllAreStuck(t)
	}
	may := (anyway + writeBuffer + tt.own) * deafClients
	if on.extensions != nil {
		may += compressor * deafClients
	}
	more := memoryInUse() - before
	if more > may {
		t.Errorf("%d bytes more are in use for each client, want %d at most", more/deafClients, may/deafClients)
	}
	for _, c := range clients {
		c.Close()
		<-talked
		if !tt.ends {
			<-sent
		}
	}
}

// flood sends what the client has to say. It ends at the latest when the connection does.
func (tt deafCase) flood(c *client) {
	for n := 0; tt.talk != "" && n < volume/2; n += len(tt.talk) {
		if _, err := io.WriteString(c, tt.talk); err != nil {
			return
		}
	}
	if tt.talk != "" {
		io.WriteString(c, fr(0x81, "that was all"))
	}
}

// narrow is a listener on whose connections little is on its way.
type narrow struct {
	net.Listener
	secure *tls.Config
}

func (l narrow) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if err := nc.(*net.TCPConn).SetWriteBuffer(4 << 10); err != nil {
		return nil, err
	}
	if l.secure != nil {
		return tls.Server(nc, l.secure), nil
	}
	return nc, nil
}

// deaf is a client that opens a connection and then does not read.
func deaf(t *testing.T, addr string, on deafNetwork, i int) *client {
	t.Helper()
	// Before TCP begins: the kernel cannot take a window back.
	small := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		failed := raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<10)
		})
		return errors.Join(failed, err)
	}}
	nc, err := small.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	if on.tls != nil {
		nc = tls.Client(nc, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
	}
	c := &client{t, nc, bufio.NewReader(nc)}
	var change []string
	if n := len(on.extensions); n > 0 {
		change = append(change, "Sec-WebSocket-Extensions: "+on.extensions[i%n])
	}
	c.openedBy(head("/x", change...))
	return c
}

// waitUntilAllAreStuck waits until each client's connection has a goroutine that waits for it to take more.
func waitUntilAllAreStuck(t *testing.T) {
	stacks := make([]byte, 1<<20)
	for late, pause := time.After(patience), time.Millisecond; ; pause *= 2 {
		stuck := 0
		for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
			first, rest, _ := strings.Cut(stack, "\n")
			if strings.Contains(first, "[IO wait") && (strings.Contains(rest, "stream.(*Conn).put(") || strings.Contains(rest, "stream.(*Conn).flushWith(")) {
				stuck++
			}
		}
		if stuck >= deafClients {
			return
		}
		select {
		case <-late:
			t.Fatalf("%d connections are stuck, want %d", stuck, deafClients)
		case <-time.After(pause): // to look costs all that run
		}
	}
}

// memoryInUse is the least of some looks: between two of them there is garbage.
func memoryInUse() int {
	least := math.MaxInt
	for range 4 { // what pools hold goes in two
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		least = min(least, int(m.HeapAlloc+m.StackInuse))
	}
	return least
}
