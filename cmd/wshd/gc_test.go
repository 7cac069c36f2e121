package main

import (
	"runtime"
	"testing"
)

func TestGarbageIsBounded(t *testing.T) {
	for _, test := range []struct {
		used uint64
		want int
	}{
		{0, mostGC},
		{1 << 20, mostGC},
		{16 << 20, 400},
		{64 << 20, 100},
		{1 << 30, leastGC},
	} {
		if got := percentFor(test.used); got != test.want {
			t.Errorf("%d bytes in use: got %d, want %d", test.used, got, test.want)
		}
	}
}

func TestThePaceFollowsTheCollector(t *testing.T) {
	paced := make(chan int)
	over := make(chan struct{})
	go pace(func(percent int) {
		select {
		case paced <- percent:
		case <-over:
		}
	})
	defer close(over)
	for n := 0; n < 3; {
		select {
		case percent := <-paced:
			if percent < leastGC || percent > mostGC {
				t.Errorf("got %d", percent)
			}
			n++
		default:
			runtime.GC()
		}
	}
}
