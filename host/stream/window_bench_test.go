package stream

import (
	"bytes"
	stdflate "compress/flate"
	"fmt"
	"math/rand/v2"
	"testing"
)

// jsons are n messages of about size bytes, as programs send them: the same names with other values.
func jsons(n, size int) [][]byte {
	words := bytes.Fields([]byte("time year people way day man thing woman life child world school state family student group country problem hand part place case week company system program question work government number night point home water room mother area money story fact month lot right study book eye job word business issue side kind head house service friend father power hour game line end member law car city community name president team minute idea kid body information back parent face others level office door health person art war history party result change morning reason research girl guy moment air teacher force education"))
	r := rand.New(rand.NewPCG(1, uint64(size)))
	list := make([][]byte, n)
	for i := range list {
		b := fmt.Appendf(nil, `{"id":%d,"user":"user-%d","room":"lobby","at":"2026-11-29T13:%02d:%02d.%03dZ"`, 1_000_000+i, r.IntN(200), r.IntN(60), r.IntN(60), r.IntN(1000))
		for len(b) < size-2 {
			b = fmt.Appendf(b, `,"%s":"%s %s %s"`, words[r.IntN(12)], words[r.IntN(len(words))], words[r.IntN(len(words))], words[r.IntN(len(words))])
			b = fmt.Appendf(b, `,"x":%.2f`, r.Float64()*1000)
		}
		list[i] = append(b, '}')
	}
	return list
}

// BenchmarkContextTakeover is one message compressed, as the host does and as compress/flate does when each
// connection keeps one; ratio is its size on the wire.
func BenchmarkContextTakeover(b *testing.B) {
	for _, size := range []int{100, 200, 400, 700, 1000, 8000} {
		messages := jsons(1000, size)
		report := func(b *testing.B, out int, n int) {
			in := 0
			for i := range n {
				in += len(messages[i%1000])
			}
			b.ReportMetric(float64(out)/float64(in), "ratio")
		}
		b.Run(fmt.Sprintf("size=%d/own", size), func(b *testing.B) {
			var out bytes.Buffer
			w, _ := stdflate.NewWriter(&out, stdflate.DefaultCompression)
			n, total := 0, 0
			for b.Loop() {
				out.Reset()
				w.Write(messages[n%1000])
				w.Flush()
				total += out.Len() - 4
				n++
			}
			report(b, total, n)
		})
		for _, window := range []int{1 << 10, 4 << 10, 32 << 10} {
			b.Run(fmt.Sprintf("size=%d/window=%d", size, window), func(b *testing.B) {
				c := New(&endless{}, nil, Config{Window: window})
				c.ext.on = true
				n, total := 0, 0
				for b.Loop() {
					total += len(c.deflate(messages[n%1000], true))
					c.releaseDeflater(true)
					n++
				}
				report(b, total, n)
			})
		}
	}
}
