package main

import (
	"runtime"
	"testing"
	"time"
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

var litterbug [][]byte

func TestGarbageIsGivenBackAtRest(t *testing.T) {
	ticks, freed := make(chan time.Time), make(chan struct{}, 10)
	over := make(chan struct{})
	go func() {
		defer close(over)
		tidy(ticks, func() { freed <- struct{}{} })
	}()
	tick := func() int {
		ticks <- time.Time{}
		ticks <- time.Time{} // the first has been looked at
		n := len(freed)
		for range n {
			<-freed
		}
		return n
	}
	tick()
	tick() // what the tests before this one left
	if n := tick(); n != 0 {
		t.Errorf("freed %d times with nothing to give back", n)
	}
	for range 10 {
		litterbug = append(litterbug, make([]byte, 64<<20)) // which costs nothing until it is written
		litterbug = nil
	}
	if n := tick(); n != 1 {
		t.Errorf("freed %d times after a burst, want once", n)
	}
	if n := tick(); n != 0 {
		t.Errorf("freed %d times more", n)
	}
	close(ticks)
	<-over
}
