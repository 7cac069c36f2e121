package stream

import (
	"sync"
	"testing"
)

func TestAMarkIsReachedOnce(t *testing.T) {
	var p phase
	if p.has(opened) {
		t.Error("before it was reached")
	}
	wait := p.done(opened)
	if !p.reach(opened) || p.reach(opened) {
		t.Error("want it to be reached by the first")
	}
	<-wait
	<-p.done(opened)
	if !p.has(opened) || p.has(down) {
		t.Error("want this one to be reached, and no other")
	}
	p.reach(down)
	<-p.done(down)
	var races phase
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { <-races.done(ended) })
		all.Go(func() { races.reach(ended) })
	}
	all.Wait()
}
