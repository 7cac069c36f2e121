package wshtest

import (
	"strings"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

func TestLeakedFindsAGoroutineUntilItEnds(t *testing.T) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		<-stop
	}()
	found := func() bool {
		for _, stack := range goroutines() {
			if strings.Contains(stack, "TestLeakedFindsAGoroutineUntilItEnds.func1") {
				return true
			}
		}
		return false
	}
	if !found() {
		t.Error("a goroutine that waits was not found")
	}
	close(stop)
	<-done
	for found() {
		// It has closed done and is about to end.
	}
}
