package host

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"wshd/host/stream"
	"wshd/plugins/wsh"
)

// permessage-deflate (RFC 7692) from the handshake's header to the frames. What messages are made of,
// blocks and final blocks among it, is for host/stream: TestDeflateBytes, TestDeflateMessages,
// TestFinalBlocks, TestCompressedFragments, and TestNegotiate for each parameter's values.

// deflater is a client's end of it, by compress/flate alone.
type deflater struct {
	out            bytes.Buffer
	w              *flate.Writer
	window         []byte // of what came
	noOut, noCarry bool   // no context takeover: for what it sends, for what comes
}

const tail = "\x00\x00\xff\xff"

func (d *deflater) compress(s string) string {
	if d.w == nil || d.noOut {
		d.w, _ = flate.NewWriter(&d.out, flate.DefaultCompression)
	}
	d.out.Reset()
	io.WriteString(d.w, s)
	d.w.Flush()
	return strings.TrimSuffix(d.out.String(), tail)
}

func (d *deflater) inflate(t *testing.T, p []byte) string {
	t.Helper()
	s, err := io.ReadAll(flate.NewReaderDict(strings.NewReader(string(p)+tail+"\x01\x00\x00\xff\xff"), d.window))
	if err != nil {
		t.Fatalf("inflate %x: %v", p, err)
	}
	if !d.noCarry {
		d.window = append(d.window, s...)
		d.window = d.window[max(0, len(d.window)-32768):]
	}
	return string(s)
}

const (
	pmd     = "permessage-deflate"
	server0 = "; server_no_context_takeover"
	client0 = "; client_no_context_takeover"
)

// TestOffers: every offer that can be made out of the four parameters, and what cannot be met.
func TestOffers(t *testing.T) {
	for _, takeover := range []bool{true, false} {
		h := echoHost(t, Config{Rules: Rules{Stream: stream.Config{Compression: true, ContextTakeover: takeover}}})
		for _, bits := range []string{"", "; server_max_window_bits=15", `; server_max_window_bits="15"`, "; server_max_window_bits=8", "; server_max_window_bits"} {
			for _, clientBits := range []string{"", "; client_max_window_bits", "; client_max_window_bits=8", "; client_max_window_bits=16"} {
				for _, carries := range []string{"", server0, client0, client0 + server0} {
					offer := pmd + carries + clientBits + bits
					want := pmd + strings.ReplaceAll(bits, `"`, "")
					for _, cut := range []string{server0, client0} {
						if !takeover || strings.Contains(carries, cut) {
							want += cut
						}
					}
					if takeover && strings.HasSuffix(clientBits, "_bits") && !strings.Contains(carries, client0) {
						want += "; client_max_window_bits=12"
					}
					if strings.HasSuffix(bits, "_bits") || strings.HasSuffix(clientBits, "=16") {
						want = ""
					}
					meet(t, h, offer, want)
				}
			}
		}
		plain := pmd
		if !takeover {
			plain += server0 + client0
		}
		meet(t, h, "x-unknown; a=b, "+pmd, plain)
		meet(t, h, pmd+"; unknown, "+pmd+"; client_max_window_bits=7, "+pmd+"; client_max_window_bits=9", plain)
		meet(t, h, pmd+server0+server0, "")
		meet(t, h, "x-webkit-deflate-frame", "")
	}
	meet(t, echoHost(t, Config{}), pmd, "") // compression is off
}

// meet makes an offer, wants an answer, and has messages echoed by what was agreed.
func meet(t *testing.T, h *testHost, offer, want string) {
	t.Helper()
	c := dial(t, h.addr)
	got := strings.Join(c.openedBy(head("/echo", "Sec-WebSocket-Extensions: "+offer)).Header.Values("Sec-WebSocket-Extensions"), " | ")
	if got != want {
		t.Errorf("%s: got %q, want %q", offer, got, want)
	}
	if got == "" {
		c.send(wsh.OpcodeText, "plain")
		c.want(`T"plain"`)
		c.goodbye()
		return
	}
	d := deflater{noOut: strings.Contains(got, client0), noCarry: strings.Contains(got, server0)}
	message := strings.Repeat("the same words again, ", 20)
	var sizes []int
	for range 3 {
		io.WriteString(c, fr(0xC1, d.compress(message)))
		first, p, err := c.readFrame()
		if err != nil || first != 0xC1 || d.inflate(t, p) != message {
			t.Fatalf("%s: got a frame %x, %v", offer, first, err)
		}
		sizes = append(sizes, len(p))
	}
	small := strings.Contains(got, "server_max_window_bits=8") // too small to reach a message back
	if carried := sizes[1] < sizes[0]; carried == (d.noCarry || small) {
		t.Errorf("%s: frames of %v bytes, but context takeover is %v", got, sizes, !d.noCarry)
	}
	c.send(wsh.OpcodeBinary, "not compressed") // RFC 7692, section 6: that is the sender's choice
	first, p, err := c.readFrame()
	if err != nil || first != 0xC2 || d.inflate(t, p) != "not compressed" {
		t.Errorf("%s: got a frame %x, %v", offer, first, err)
	}
	c.goodbye()
	c.Close()
}

func TestThreshold(t *testing.T) {
	h := echoHost(t, Config{Rules: Rules{Stream: stream.Config{Compression: true, Threshold: 100}}})
	c := connect(t, h.addr, "/echo", "Sec-WebSocket-Extensions: "+pmd)
	for n, want := range map[int]byte{0: 0x81, 99: 0x81, 100: 0xC1, 5000: 0xC1} {
		c.send(wsh.OpcodeText, strings.Repeat("x", n))
		if first, _, err := c.readFrame(); err != nil || first != want {
			t.Errorf("%d bytes: got a frame %x, %v, want %x", n, first, err, want)
		}
	}
	c.goodbye()
}

// TestCompressionOfOneConnection: DisableCompression, before and after it was negotiated, and what
// Extensions tells of it.
func TestCompressionOfOneConnection(t *testing.T) {
	transfer := func(r *wsh.Request) error {
		before := fmt.Sprint(r.Extensions)
		if err := r.SendText(before); err != nil {
			return err
		}
		r.DisableCompression()
		return r.Each(func(m wsh.Message) error { return r.SendMessage(m) })
	}
	h := serve(t, handlers{
		"/later": {DoExtraHandshake: accept, TransferData: transfer},
		"/never": {TransferData: transfer, DoExtraHandshake: func(r *wsh.Request) error { r.DisableCompression(); return nil }},
	}, Config{Rules: Rules{Stream: stream.Config{Compression: true, ContextTakeover: true}}})

	c := dial(t, h.addr)
	if got := c.openedBy(head("/never", "Sec-WebSocket-Extensions: "+pmd)).Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("got the extensions %q", got)
	}
	c.want(`T"[]"`)
	c.send(wsh.OpcodeText, "plain")
	c.want(`T"plain"`)
	io.WriteString(c, "\xC1\x80mask") // it was not agreed to
	c.want(protocolError, "EOF")

	c = connect(t, h.addr, "/later", "Sec-WebSocket-Extensions: "+pmd)
	var d deflater
	first, p, err := c.readFrame()
	if err != nil || first != 0xC1 || d.inflate(t, p) != "[permessage-deflate]" {
		t.Fatalf("got a frame %x %q, %v", first, p, err)
	}
	io.WriteString(c, fr(0xC1, d.compress("what the client sends may be compressed all the same")))
	c.want(`T"what the client sends may be compressed all the same"`)
	c.goodbye()
}

// TestBombsAreCheap: a message of 64 MiB in 80 KiB is closed with 1009 and has cost little more memory
// than the limit.
func TestBombsAreCheap(t *testing.T) {
	const limit = 1 << 20
	h := echoHost(t, Config{Rules: Rules{Stream: stream.Config{Compression: true, MessageSize: limit}}})
	var d deflater
	zeros := strings.Repeat("\x00", 64<<10)
	whole := d.compress(zeros) + strings.Repeat(tail+d.compress(zeros), 1023)
	half := len(whole) / 2
	for name, bomb := range map[string]string{
		"whole":      fr(0xC2, whole),
		"in pieces":  fr(0x42, whole[:half]) + fr(0x89, "") + fr(0x80, whole[half:]),
		"unfinished": fr(0x41, whole),
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, h.addr, "/echo", "Sec-WebSocket-Extensions: "+pmd)
			c.send(wsh.OpcodePing, "")
			c.want(`O""`)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			go io.WriteString(c, bomb) // the host may have had enough before its end
			got := c.frame()
			if got == `O""` {
				got = c.frame()
			}
			runtime.ReadMemStats(&after)
			if got != tooBig {
				t.Errorf("got %s, want %s", got, tooBig)
			}
			if cost := after.TotalAlloc - before.TotalAlloc; cost > 8*limit {
				t.Errorf("%d bytes were allocated for a message of at most %d", cost, limit)
			}
			c.want("EOF")
		})
	}
}
