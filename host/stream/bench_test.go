package stream

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// BenchmarkEcho is one message there and back over loopback, client and system calls included.
func BenchmarkEcho(b *testing.B) {
	for _, size := range []int{64, 16 << 10} {
		for _, reuse := range []bool{true, false} {
			b.Run(fmt.Sprintf("size=%d/reuse=%v", size, reuse), func(b *testing.B) {
				c, p := connect(b, Config{})
				p.nc.SetDeadline(time.Time{})
				result := serve(c, func(c *Conn) error {
					for {
						m, err := c.Receive(-1, reuse)
						if err != nil {
							return err
						}
						if err := c.Send(m, false); err != nil {
							return err
						}
					}
				})
				out := text(strings.Repeat("x", size))
				in := make([]byte, len(protocol.AppendHeader(nil, 0, size))+size)
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					p.send(out)
					if _, err := io.ReadFull(p.br, in); err != nil {
						b.Fatal(err)
					}
				}
				p.nc.Close()
				<-result
			})
		}
	}
}

// BenchmarkReceive is what one message costs besides system calls.
func BenchmarkReceive(b *testing.B) {
	for _, size := range []int{64, 16 << 10} {
		b.Run(fmt.Sprint("size=", size), func(b *testing.B) {
			frame := text(strings.Repeat("x", size))
			c := New(&endless{frame: frame}, nil, Config{})
			c.Open(nil)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Receive(-1, true); err != nil {
					b.Fatal(err)
				}
			}
			c.Abort()
		})
	}
}

// BenchmarkSend is what one message costs besides the system call.
func BenchmarkSend(b *testing.B) {
	for _, size := range []int{64, 16 << 10} {
		for _, on := range []bool{false, true} {
			b.Run(fmt.Sprintf("size=%d/compressed=%v", size, on), func(b *testing.B) {
				c := New(&endless{}, nil, Config{})
				c.ext.on = on
				c.Open(nil)
				m := wsh.Text(strings.Repeat("x", size))
				b.SetBytes(int64(size))
				b.ReportAllocs()
				for b.Loop() {
					if err := c.Send(m, false); err != nil {
						b.Fatal(err)
					}
				}
				c.Abort()
			})
		}
	}
}

// endless is a client that sends one frame for ever, each in a segment of its own, or in segments of step, and
// takes everything; without a frame it has ended its half. If late is set a deadline strikes before each.
type endless struct {
	memory
	frame []byte
	at    int
	step  int
	late  bool
	early bool
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.frame) == 0 {
		return 0, io.EOF
	}
	if e.late && !e.early {
		e.early = true
		return 0, os.ErrDeadlineExceeded
	}
	e.early = false
	if e.step > 0 {
		p = p[:min(e.step, len(p))]
	}
	n := copy(p, e.frame[e.at:])
	e.at = (e.at + n) % len(e.frame)
	return n, nil
}

func (e *endless) Write(p []byte) (int, error) { return len(p), nil }
