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
				"sent": func(text string) { c.Send(wsh.Text(text), true) },
				"in fragments": func(text string) {
					c.Send(wsh.Text(text[:len(text)/2]), false)
					c.Send(wsh.Text(text[len(text)/2:]), true)
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
