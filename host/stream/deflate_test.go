package stream

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"wshd/plugins/wsh"
)

var pmd = wsh.Extension{Name: "permessage-deflate"}

func with(names ...string) wsh.Extension {
	e := pmd
	for _, name := range names {
		name, value, _ := strings.Cut(name, "=")
		e.Params = append(e.Params, wsh.ExtensionParam{Name: name, Value: value})
	}
	return e
}

var deflateConf = Config{Compression: true, ContextTakeover: true}

// zclient compresses and inflates as a client does, by compress/flate alone.
type zclient struct {
	out bytes.Buffer
	w   *flate.Writer
	in  []byte // the window of what came
}

// compress gives a message's payload; level 0 stores it.
func (z *zclient) compress(s string) string {
	if z.w == nil {
		z.w, _ = flate.NewWriter(&z.out, 9)
	}
	z.out.Reset()
	io.WriteString(z.w, s)
	z.w.Flush()
	return strings.TrimSuffix(z.out.String(), "\x00\x00\xff\xff")
}

func (z *zclient) inflate(t testing.TB, p []byte) string {
	t.Helper()
	r := flate.NewReaderDict(bytes.NewReader(append(p, "\x00\x00\xff\xff\x01\x00\x00\xff\xff"...)), z.in)
	s, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("inflate %x: %v", p, err)
	}
	z.in = append(z.in, s...)
	z.in = z.in[max(0, len(z.in)-32768):]
	return string(s)
}

// final is a message whose one block has BFINAL set, and a byte behind it (RFC 7692, 7.2.3.4).
func final(s string) string {
	w := finals.Get().(*flate.Writer)
	defer finals.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

var finals = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, 9)
	return w
}}

func TestDeflateBytes(t *testing.T) {
	for _, test := range []struct {
		name  string
		offer wsh.Extension
		conf  Config
		in    []byte
		want  []string
	}{
		{"small and empty messages are compressed", pmd, deflateConf, join(text("Hello"), text(""), text("\x00")),
			[]string{"*T\xf2H\xcd\xc9\xc9\x07\x00", "*T\x00", "*Tb\x00\x00"}},
		{"the second message refers to the first", pmd, deflateConf, join(text("Hello"), text("Hello")),
			[]string{"*T\xf2H\xcd\xc9\xc9\x07\x00", "*T\x02\x13\x00\x00"}},
		{"without context takeover it does not", with("server_no_context_takeover"), deflateConf, join(text("Hello"), text("Hello")),
			[]string{"*T\xf2H\xcd\xc9\xc9\x07\x00", "*T\xf2H\xcd\xc9\xc9\x07\x00"}},
		{"nor if the host is told so", pmd, Config{Compression: true}, join(text("Hello"), text("Hello")),
			[]string{"*T\xf2H\xcd\xc9\xc9\x07\x00", "*T\xf2H\xcd\xc9\xc9\x07\x00"}},
		{"threshold", pmd, Config{Compression: true, Threshold: 5}, join(text("Hell"), text("Hello")),
			[]string{"THell", "*T\xf2H\xcd\xc9\xc9\x07\x00"}},
		{"control frames are not compressed", pmd, deflateConf, join(masked(0x89, "p"), closing8(1000, "")),
			[]string{"pong p", "close 1000 ", "EOF"}},
		{"rsv1 on a continuation", pmd, deflateConf, join(masked(0x41, "\x00"), []byte("\xc0")), []string{"close 1002 ", "EOF"}},
		{"rsv1 on a close", pmd, deflateConf, []byte("\xc8"), []string{"close 1002 ", "EOF"}},
		{"no deflate data", pmd, deflateConf, masked(0xC1, "\xff\xff\xff"), []string{"close 1007 ", "EOF"}},
		{"data cut within a block", pmd, deflateConf, masked(0xC1, "\xf2\x48\xcd\xc9"), []string{"close 1007 ", "EOF"}},
		{"stored block cut", pmd, deflateConf, masked(0xC1, "\x00\xff\x00\x00\xffabc"), []string{"close 1007 ", "EOF"}},
		{"no data at all", pmd, deflateConf, join(masked(0x41, ""), masked(0x80, "")), []string{"close 1007 ", "EOF"}},
		{"compressed text that is not UTF-8", pmd, deflateConf, masked(0xC1, final("\xff")), []string{"close 1007 ", "EOF"}},
		{"compressed text that ends in a character", pmd, deflateConf, masked(0xC1, final("\xe6\x9c")), []string{"close 1007 ", "EOF"}},
		{"points before its window", pmd, deflateConf, masked(0xC1, "\x02\x13\x00\x00"), []string{"close 1007 ", "EOF"}},
		{"a final block that ends in the trailer", pmd, deflateConf, masked(0xC1, "\x03"), []string{"close 1007 ", "EOF"}},
		{"points before its message", with("client_no_context_takeover"), deflateConf, join(masked(0xC1, "\xf2H\xcd\xc9\xc9\x07\x00"),
			masked(0xC1, "\x02\x13\x00\x00")), []string{"*T\xf2H\xcd\xc9\xc9\x07\x00", "close 1007 ", "EOF"}},
		{"final blocks without end", pmd, deflateConf, masked(0xC1, strings.Repeat("\x03\x00", 5000)), []string{"close 1007 ", "EOF"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, step := range []int{len(test.in), 1} {
				c, p := connect(t, test.conf, test.offer)
				result := serve(c, echo)
				for in := test.in; len(in) > 0; in = in[step:] {
					if _, err := p.nc.Write(in[:step]); err != nil {
						break
					}
				}
				p.want(test.want...)
				p.nc.Close()
				<-result
			}
		})
	}
}

func TestCompressedTextFailsBeforeItsEnd(t *testing.T) {
	c, p := connect(t, deflateConf, pmd)
	result := serve(c, echo)
	var z zclient
	p.send(masked(0x41, z.compress("good \xff")+"\x00\x00\xff\xff")) // a fragment; no more comes
	p.want("close 1007 ", "EOF")
	p.nc.Close()
	<-result
}

func TestDeflateMessages(t *testing.T) {
	big := make([]byte, 40_000)
	rand.NewChaCha8([32]byte{}).Read(big)
	messages := []string{"Hello", "Hello", "", strings.Repeat("abc ", 10_000), string(big), "Hello", string(big[20_000:])}
	for _, offer := range []wsh.Extension{pmd, with("client_no_context_takeover"), with("server_no_context_takeover")} {
		for _, pieces := range []int{1, 3} {
			t.Run(fmt.Sprint(offer, pieces), func(t *testing.T) {
				c, p := connect(t, deflateConf, offer)
				result := serve(c, echo)
				var z zclient
				for i, m := range messages {
					if i%3 == 2 { // not compressed, and so in no window
						p.send(masked(0x82, m))
					} else {
						sendPieces(p, 0xC2, z.compress(m), pieces)
					}
					if c.ext.clientFresh {
						z.w = nil
					}
					f, err := p.read()
					if err != nil || !f.rsv1 || f.op != 2 {
						t.Fatalf("message %d: got %v %v", i, f, err)
					}
					if got := z.inflate(t, f.data); got != m {
						t.Fatalf("message %d: got %d bytes, want %d", i, len(got), len(m))
					}
					if c.ext.serverFresh {
						z.in = nil
					}
				}
				p.nc.Close()
				<-result
			})
		}
	}
}

// sendPieces sends a message in n fragments, the second empty.
func sendPieces(p *peer, first byte, data string, n int) {
	if n == 1 {
		p.send(masked(first, data))
		return
	}
	at := len(data) / 2
	p.send(masked(first&^0x80, data[:at]), masked(0, ""), masked(0x89, "x"), masked(0x80, data[at:]))
	p.want("pong x")
}

func TestFinalBlocks(t *testing.T) {
	var z zclient
	sync := "\x00\x00\xff\xff"
	mixed := z.compress("one ") + sync + final("two ") + z.compress("three ") + sync + final("four")
	for _, test := range []struct{ name, data, want string }{
		{"final block and a byte", final("Hello") + "\x00", "Hello"},
		{"final block alone", final("Hello"), "Hello"},
		{"final blocks and others", mixed + "\x00", "one two three four"},
		{"a final block without its last bytes", z.compress("x") + sync + "\x01", "x"},
		{"a block that points before a final one", final("Hello") + "\x02\x13\x00\x00", "HelloHello"},
		{"two empty final blocks", "\x03\x00\x03\x00\x00", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, step := range []int{1 << 20, 1} {
				c, p := connect(t, deflateConf, pmd)
				c.DisableCompression()
				result := serve(c, echo)
				in := join(masked(0xC1, test.data), text("next"), masked(0xC1, final("again")+"\x00"))
				for ; len(in) > 0; in = in[min(step, len(in)):] {
					p.send(in[:min(step, len(in))])
				}
				p.want("T"+test.want, "Tnext", "Tagain")
				p.nc.Close()
				<-result
			}
		})
	}
}

func TestBombIsTooBig(t *testing.T) {
	c, p := connect(t, Config{Compression: true, MessageSize: 100_000}, pmd)
	result := serve(c, echo)
	var z zclient
	p.send(masked(0xC2, z.compress(strings.Repeat("\x00", 100_000))))
	if f, err := p.read(); err != nil || f.op != 2 {
		t.Fatalf("got %v %v, want the largest message", f, err)
	}
	z.w = nil
	p.send(masked(0x42, z.compress(strings.Repeat("\x00", 1_000_000)))) // its end is not even sent
	p.want("close 1009 …", "EOF")
	p.nc.Close()
	<-result
}

func TestCompressedFragments(t *testing.T) {
	c, p := connect(t, Config{Compression: true, ContextTakeover: true, Threshold: 1000}, pmd)
	for _, m := range []string{"Hello", " ", "World"} {
		if err := c.SendFragment(wsh.Text(m), false); err != nil {
			t.Fatal(err)
		}
	}
	c.DisableCompression() // from the next message on
	c.SendFragment(wsh.Text("!"), true)
	c.Send(wsh.Text("plain"), false)
	var data []byte
	for i, want := range []string{"-*T", "-+", "-+", "+"} {
		f, err := p.read()
		if err != nil || !strings.HasPrefix(f.String(), want) {
			t.Fatalf("got %v %v, want %s", f, err, want)
		}
		if ends := bytes.HasSuffix(f.data, []byte("\x00\x00\xff\xff")); ends != (i < 3) {
			t.Errorf("fragment %d ends with %x", i, f.data)
		}
		data = append(data, f.data...)
	}
	if got := new(zclient).inflate(t, data); got != "Hello World!" {
		t.Errorf("got %q", got)
	}
	p.want("Tplain")
}

func TestNothingIsCompressedUnlessNegotiated(t *testing.T) {
	c, p := connect(t, deflateConf)
	result := serve(c, echo)
	p.send(text("Hello"), []byte("\xc1"))
	p.want("THello", "close 1002 ", "EOF")
	p.nc.Close()
	<-result
}
