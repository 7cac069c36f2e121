package stream

import (
	"sync"
	"testing"
	"testing/synctest"
)

func TestTheMutexGoesToOneAtATime(t *testing.T) {
	var m mutex
	var all sync.WaitGroup
	n := 0
	for i := range 8 {
		all.Go(func() {
			for range 2000 {
				switch {
				case i == 0 && !m.tryLock():
					continue
				case i == 1: // one who gives up at once
					handed := m.queue()
					got := m.tryLock()
					if !got {
						select {
						case <-handed:
							got = true
						default:
						}
					}
					m.unqueue()
					if !got {
						continue
					}
				case i > 1:
					m.lock()
				}
				n++ // the race detector looks
				m.unlock()
			}
		})
	}
	all.Wait()
	if m.locked() || !m.tryLock() {
		t.Error("the lock is lost")
	}
	if n < 6*2000 {
		t.Errorf("got the lock %d times, want 12000 at least", n)
	}
}

func TestTheMutexIsHandedToWhoeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m mutex
		m.lock()
		got := make(chan int, 2)
		for i := range 2 {
			go func() {
				m.lock()
				got <- i
			}()
			synctest.Wait() // until it waits
		}
		m.unlock()
		if m.tryLock() {
			t.Error("locked before those who waited")
		}
		if i := <-got; i != 0 {
			t.Error("the second came first")
		}
		m.unlock()
		<-got
		m.unlock()
		if m.locked() {
			t.Error("locked, and nobody has it")
		}
	})
}

func TestAMutexNobodyWaitsForAnyMoreIsFree(t *testing.T) {
	var m mutex
	m.lock()
	m.queue()
	m.unlock() // being handed over
	m.unqueue()
	if m.locked() {
		t.Error("locked by one who has gone")
	}
	if !m.tryLock() || m.tryLock() {
		t.Error("want it to be had once")
	}
	m.unlock()
	if !m.tryLock() {
		t.Error("the lock is lost")
	}
}
