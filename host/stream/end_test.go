package stream

import (
	"runtime"
	"testing"
	"time"
)

// TestAnEndedConnectionIsGarbage: coder sets a finalizer on its Conn, which is on a cycle with ours.
func TestAnEndedConnectionIsGarbage(t *testing.T) {
	collected := make(chan struct{})
	func() {
		server, client := sockets(t)
		c := New(server, nil, Config{})
		runtime.AddCleanup(c, func(done chan struct{}) { close(done) }, collected)
		c.Open(nil)
		p := &peer{t: t, nc: client, br: newReader(client)}
		result := serve(c, echo)
		p.send(text("a"), closing8(1000, ""))
		p.want("Ta", "close 1000 ", "EOF")
		client.Close()
		<-result
	}()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		runtime.GC()
		select {
		case <-collected:
			return
		case <-time.After(time.Millisecond):
		}
	}
	t.Error("it is still referred to")
}
