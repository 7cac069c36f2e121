package stream

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"wshd/plugins/wsh"
)

// Whatever window a client has, what it is sent points no further back.
func TestWindows(t *testing.T) {
	noise := make([]byte, 3000)
	rand.NewChaCha8([32]byte{1}).Read(noise)
	far := string(noise) + strings.Repeat("abc ", 10_000) + string(noise) + string(noise)
	for bits := 8; bits <= 15; bits++ {
		t.Run(fmt.Sprint(bits), func(t *testing.T) {
			c, p := connect(t, deflateConf, with(fmt.Sprint("server_max_window_bits=", bits)))
			ways := map[string]func(text string){
				"sent": func(text string) { c.Send(wsh.Text(text), false) },
				"in fragments": func(text string) {
					c.SendFragment(wsh.Text(text[:len(text)/2]), false)
					c.SendFragment(wsh.Text(text[len(text)/2:]), true)
				},
				"delivered": func(text string) { c.Deliver(outgoing(text), false) },
			}
			var z puff
			for way, send := range ways {
				for _, text := range []string{"Hello", "", strings.ToValidUTF8(far, "?"), "Hello"} {
					go send(text)
					got := ""
					for more := true; more; {
						f, err := p.read()
						if err != nil || f.op != 0 && !f.rsv1 {
							t.Fatalf("%s: got %v %v, want it compressed", way, f, err)
						}
						piece := f.data
						if more = !f.fin; more {
							piece = piece[:len(piece)-4] // which puff adds
						}
						s, err := z.message(piece)
						if err != nil {
							t.Fatalf("%s: %v", way, err)
						}
						got += s
					}
					if got != text {
						t.Fatalf("%s: got %d bytes, want %d", way, len(got), len(text))
					}
				}
			}
			if z.farthest > 1<<bits {
				t.Errorf("points %d bytes back", z.farthest)
			}
			if bits >= leastWindow && z.farthest < 1<<(leastWindow-2) {
				t.Errorf("points only %d bytes back", z.farthest)
			}
		})
	}
}

// What a client sends may point back by all of the 32 KiB that a window has, into any message before.
func TestTheWholeWindowOfTheClientIsKept(t *testing.T) {
	begin := noise[:100]
	for name, between := range map[string][]string{
		"one message":       {noise[100:windowSize]},
		"a longer one":      {noise[windowSize:][:windowSize] + noise[windowSize-7:windowSize], noise[:windowSize]},
		"several":           {noise[100:5000], noise[5000:5001], "", noise[5001:20_000], noise[20_000:windowSize]},
		"several and those": append(strings.SplitAfter(noise[windowSize:][:20_000], "a"), noise[:300], noise[300:windowSize]),
	} {
		t.Run(name, func(t *testing.T) {
			c, p := connect(t, deflateConf, pmd)
			var z zclient
			for _, m := range append([]string{begin}, between...) {
				go p.send(masked(0xC1, z.compress(m)))
				received(t, c, patience, m)
			}
			last := z.compress(begin)
			if len(last) > 20 {
				t.Fatalf("%d bytes do not point back", len(last))
			}
			p.send(masked(0xC1, last))
			received(t, c, patience, begin)
		})
	}
}
