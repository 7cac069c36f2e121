//go:build linux

// Floor answers as /echo and /broadcast do with bare system calls and nothing else: it reads whole small
// frames only, trusts every byte, and waits for nobody. What it costs is the kernel's share of a message,
// which no WebSocket server gets below.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"syscall"
	"unsafe"

	"wshd/plugins/wsh"
)

func main() {
	addr := flag.String("listen", "127.0.0.1:9996", "where to serve")
	flag.Parse()
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	var room room
	for {
		nc, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go room.serve(nc.(*net.TCPConn))
	}
}

// room is everybody at /broadcast.
type room struct {
	mu  sync.Mutex
	all map[*conn]bool
}

type conn struct {
	raw syscall.RawConn
	in  []byte // what has been read and not answered
	out []byte
	err error

	read, write func(fd uintptr) bool
}

func (c *conn) tryRead(fd uintptr) bool {
	b := c.in[len(c.in):cap(c.in)]
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	switch {
	case errno == syscall.EAGAIN:
		return false
	case errno != 0:
		c.err = errno
	case n == 0:
		c.err = io.EOF
	default:
		c.in = c.in[:len(c.in)+int(n)]
	}
	return true
}

func (c *conn) tryWrite(fd uintptr) bool {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(c.out))), uintptr(len(c.out)))
	if errno == syscall.EAGAIN {
		return false
	}
	if errno != 0 {
		c.err = errno
		return true
	}
	c.out = c.out[n:]
	return len(c.out) == 0
}

func (r *room) serve(nc *net.TCPConn) {
	defer nc.Close()
	q, err := http.ReadRequest(bufio.NewReader(nc))
	if err != nil {
		return
	}
	key := q.Header.Get("Sec-WebSocket-Key")
	if key == "" {
		fmt.Fprint(nc, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
		return
	}
	fmt.Fprintf(nc, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", wsh.AcceptKey(key))
	c := &conn{in: make([]byte, 0, 32<<10)}
	if c.raw, err = nc.SyscallConn(); err != nil {
		return
	}
	c.read, c.write = c.tryRead, c.tryWrite
	answer := func(frame []byte) { c.send(frame) }
	if q.URL.Path == "/broadcast" {
		r.join(c)
		defer r.leave(c)
		answer = r.publish
	}
	var out []byte
	for c.err == nil {
		if err := c.raw.Read(c.read); err != nil {
			return
		}
		for used := 0; ; {
			out, used = reply(out[:0], c.in)
			if used == 0 {
				break
			}
			c.in = c.in[:copy(c.in, c.in[used:])]
			if out[0]&0xF == byte(wsh.OpcodeClose) {
				return
			}
			answer(out)
		}
	}
}

// reply appends what answers the frame at the beginning of in, and tells how long that was; 0: not all
// of it is here.
func reply(dst, in []byte) ([]byte, int) {
	if len(in) < 8 {
		return dst, 0
	}
	size, head := int(in[1]&0x7F), 2
	if size == 126 {
		size, head = int(in[2])<<8|int(in[3]), 4
	}
	if len(in) < head+4+size {
		return dst, 0
	}
	dst = append(append(dst, in[0], in[1]&0x7F), in[2:head]...)
	key, payload := in[head:head+4], in[head+4:head+4+size]
	at := len(dst)
	dst = append(dst, payload...)
	for i := range dst[at:] {
		dst[at+i] ^= key[i&3]
	}
	return dst, head + 4 + size
}

func (c *conn) send(frame []byte) {
	c.out = frame
	if err := c.raw.Write(c.write); err != nil {
		c.err = err
	}
}

func (r *room) join(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all == nil {
		r.all = map[*conn]bool{}
	}
	r.all[c] = true
}

func (r *room) leave(c *conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.all, c)
}

func (r *room) publish(frame []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.all {
		c.send(frame)
	}
}
