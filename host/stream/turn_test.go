package stream

import (
	"sync"
	"testing"
	"testing/synctest"
)

func TestTheTurnGoesToOneAtATime(t *testing.T) {
	var tr turn
	var all sync.WaitGroup
	n := 0
	for i := range 8 {
		all.Go(func() {
			for range 2000 {
				switch {
				case i == 0 && !tr.try():
					continue
				case i == 1: // one who gives up at once
					way := tr.queue()
					got := tr.try()
					if !got {
						select {
						case <-way:
							got = true
						default:
						}
					}
					tr.leave()
					if !got {
						continue
					}
				case i > 1:
					tr.wait()
				}
				n++ // the race detector looks
				tr.give()
			}
		})
	}
	all.Wait()
	if tr.taken() || !tr.try() {
		t.Error("the turn is lost")
	}
	if n < 6*2000 {
		t.Errorf("got %d turns, want 12000 at least", n)
	}
}

func TestTheTurnIsGivenToWhoeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tr turn
		tr.wait()
		got := make(chan int, 2)
		for i := range 2 {
			go func() {
				tr.wait()
				got <- i
			}()
			synctest.Wait() // until it waits
		}
		tr.give()
		if tr.try() {
			t.Error("taken from those who waited")
		}
		if i := <-got; i != 0 {
			t.Error("the second came first")
		}
		tr.give()
		<-got
		tr.give()
		if tr.taken() {
			t.Error("taken, and nobody has it")
		}
	})
}

func TestATurnNobodyWaitsForAnyMoreIsFree(t *testing.T) {
	var tr turn
	tr.wait()
	tr.queue()
	tr.give() // on its way
	tr.leave()
	if tr.taken() {
		t.Error("taken by one who has left")
	}
	if !tr.try() || tr.try() {
		t.Error("want it to be had once")
	}
	tr.give()
	if !tr.try() {
		t.Error("the turn is lost")
	}
}

func TestAnEventHappensOnce(t *testing.T) {
	var e, other event
	if e.is() {
		t.Error("before it happened")
	}
	wait := e.done()
	e.happen()
	e.happen()
	<-wait
	<-e.done()
	if !e.is() || other.is() {
		t.Error("want this one to have happened, and no other")
	}
	other.happen()
	<-other.done()
	var races event
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { <-races.done() })
		all.Go(races.happen)
	}
	all.Wait()
}
