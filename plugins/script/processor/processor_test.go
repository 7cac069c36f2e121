package processor

import (
	"testing"
	"time"
)

// A goroutine that computes is told from one that waits: the first uses the processor, whatever the machine
// does beside it.
func TestMeterTellsComputingFromWaiting(t *testing.T) {
	done, stop := make(chan time.Duration), make(chan bool)
	go func() {
		m := Begin()
		defer m.End()
		<-stop
		done <- m.Used()
	}()
	m := Begin()
	for n := 0; m.Used() < 100*time.Millisecond; n++ {
	}
	m.End()
	close(stop)
	if used := <-done; used > 20*time.Millisecond {
		t.Errorf("got %v for a goroutine that waits", used)
	}
	if !m.Ended() {
		t.Error("it has not ended")
	}
}

func TestProfileThatIsNoneIsEmpty(t *testing.T) {
	for _, profile := range [][]byte{nil, []byte("x"), {0x1f, 0x8b}} {
		if got := labelled(profile, label); len(got) > 0 {
			t.Errorf("%q: got %v", profile, got)
		}
	}
}
