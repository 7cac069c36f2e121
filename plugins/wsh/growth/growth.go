// Package growth shows in a benchmark how work grows with what it is given.
package growth

import (
	"strconv"
	"testing"
	"time"
)

// Doubling benchmarks the work that make prepares for each size from first to last, in doubles. Beside
// the time of one run it reports growth: by how often the time is that of half the size. Work that weighs
// what it is given grows by 2, and work with a square in it by 4; at small sizes what is done once hides
// it.
func Doubling(b *testing.B, first, last int, make func(n int) (work func())) {
	var half time.Duration
	for n := first; n <= last; n *= 2 {
		var each time.Duration
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			work := make(n)
			b.ReportAllocs()
			for b.Loop() {
				work()
			}
			each = b.Elapsed() / time.Duration(b.N)
			if half > 0 {
				b.ReportMetric(float64(each)/float64(half), "growth")
			}
		})
		half = each
	}
}
