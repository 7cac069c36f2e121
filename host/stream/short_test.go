package stream

import (
	"bytes"
	stdflate "compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	kflate "github.com/klauspost/compress/flate"

	"wshd/plugins/wsh"
)

// inflated is what compress/flate makes of a message's payload, behind window.
func inflated(t *testing.T, p, window []byte) []byte {
	t.Helper()
	r := stdflate.NewReaderDict(bytes.NewReader(append(bytes.Clone(p), "\x01\x00\x00\xff\xff"...)), window)
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("inflate %x: %v", p, err)
	}
	return b
}

func TestShortMessagesCanBeInflated(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := []byte(strings.Repeat("the same words again and again ", 2000))
	random := make([]byte, 64<<10)
	rand.NewChaCha8([32]byte{3}).Read(random)
	for name, from := range map[string][]byte{"words": words, "noise": random, "text": []byte(noise), "one byte": bytes.Repeat([]byte{0xFF}, 64<<10), "few": few(r)} {
		for _, size := range []int{0, 1, 5, 300, 4 << 10, 32 << 10} {
			for n := 0; n <= shortMessage; n++ {
				from := from[r.IntN(1+len(from)-size-n):]
				window, p := from[:size], from[size:size+n]
				if n%2 == 0 && size > n { // what has been, somewhere
					p = window[r.IntN(size-n):][:n]
				}
				out := deflateShort([]byte("before"), p, window)
				if got := inflated(t, out[len("before"):], window); !bytes.Equal(got, p) {
					t.Fatalf("%s, window of %d: got %d bytes, want %d", name, size, len(got), n)
				}
				if len(out)-len("before") > n+6+len(flushed) {
					t.Fatalf("%s, window of %d: %d bytes became %d", name, size, n, len(out)-len("before"))
				}
			}
		}
	}
}

// few is bytes of which there are few, at distances of all sizes.
func few(r *rand.Rand) []byte {
	b := make([]byte, 64<<10)
	for i := range b {
		b[i] = byte('a' + r.IntN(2)*r.IntN(2)*r.IntN(26))
	}
	return b
}

// Whatever is sent one after the other, of any length and in whatever way, can be inflated with a window.
func TestContextIsTakenOver(t *testing.T) {
	for _, offer := range []wsh.Extension{pmd, with("server_no_context_takeover"), with("server_max_window_bits=12"), with("server_max_window_bits=9")} {
		for _, window := range []int{1 << 10, 4 << 10, 32 << 10} {
			t.Run(fmt.Sprintf("%v, %d", offer, window), func(t *testing.T) {
				conf := deflateConf
				conf.Window = window
				c, p := connect(t, conf, offer)
				c.phase.reach(opened)
				messages := append(append(jsons(40, 100), jsons(20, 1000)...), jsons(3, 40_000)...)
				rand.New(rand.NewPCG(5, 6)).Shuffle(len(messages), func(i, k int) { messages[i], messages[k] = messages[k], messages[i] })
				go func() {
					for i, m := range messages {
						switch i % 4 {
						case 0:
							c.SendFragment(wsh.Text(string(m[:10])), false)
							c.SendFragment(wsh.Text(string(m[10:])), true)
						case 1:
							c.Deliver(outgoing(string(m)), false)
						default:
							c.Send(wsh.Text(string(m)), false)
						}
						if i == 30 {
							c.plain.Store(true)
							c.Send(wsh.Text("not compressed, and so in nobody's window"), false)
							c.plain.Store(false)
						}
					}
				}()
				var z zclient
				for i, want := range messages {
					got := ""
					for fin := false; !fin; {
						f, err := p.read()
						if err != nil {
							t.Fatal(err)
						}
						if fin = f.fin; fin {
							got += z.inflate(t, f.data)
						} else {
							got += z.inflate(t, f.data[:len(f.data)-4])
						}
					}
					if got != string(want) {
						t.Fatalf("message %d: got %.50q, want %.50q", i, got, want)
					}
					if i == 30 {
						p.want("T41 bytes")
					}
				}
			})
		}
	}
}

// What a client has agreed to is all that is kept of what it sends.
func TestClientPointsNoFurtherBackThanAgreed(t *testing.T) {
	first, last := noise[:1000], noise[1000:9000]
	for _, test := range []struct {
		name, offer string
		between     int
		ok          bool
	}{
		{"near", "client_max_window_bits", 3000, true},
		{"too far", "client_max_window_bits", 4000, false},
		{"far, and not bounded", "", 8000, true},
		{"far, and offered", "client_max_window_bits=15", 3000, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			offer := pmd
			if test.offer != "" {
				offer = with(test.offer)
			}
			c, p := connect(t, deflateConf, offer)
			result := serve(c, func(c *Conn) error {
				for {
					if _, err := c.Receive(-1, true); err != nil {
						return err
					}
					if err := c.SendPing(nil); err != nil {
						return err
					}
				}
			})
			var z zclient
			p.send(masked(0xC1, z.compress(first)), masked(0xC1, z.compress(last[:test.between])))
			p.want("ping ", "ping ")
			p.send(masked(0xC1, z.compress(first)))
			want := "close 1007 "
			if test.ok {
				want = "ping "
			}
			p.want(want)
			p.nc.Close()
			<-result
		})
	}
}

// reading is a client that takes everything.
type reading struct{ memory }

func (r *reading) Write(p []byte) (int, error) { return len(p), nil }

// A connection over which compressed messages pass keeps their ends, and no compressor.
func TestConnectionsKeepNoCompressors(t *testing.T) {
	const n = 100
	var in bytes.Buffer
	w, _ := kflate.NewWriterWindow(&in, 4<<10)
	var frames []byte
	for _, m := range jsons(20, 1024) {
		in.Reset()
		w.Write(m)
		w.Flush()
		frames = append(frames, masked(0xC1, strings.TrimSuffix(in.String(), flushed))...)
	}
	conns := make([]*Conn, n)
	heap := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // pools lose what they have had for two
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	for i := range conns {
		c := New(&reading{memory{in: frames, step: 1024, late: true}}, nil, deflateConf)
		c.Negotiate([]wsh.Extension{with("client_max_window_bits")})
		c.Open(nil)
		for received := 0; received < 20; {
			m, err := c.Receive(time.Millisecond, true)
			if err == nil {
				received++
				err = c.Send(m, false)
			}
			if err != nil && err != wsh.ErrTimeout {
				t.Fatal(err)
			}
		}
		conns[i] = c
	}
	if each := (heap() - before) / n; each > 14<<10 {
		t.Errorf("each takes %d bytes, want two windows of 4 KiB and a little", each)
	}
	for _, c := range conns {
		c.Abort()
	}
}
