package machine

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"time"

	"wshd/plugins/script/processor"
)

// A call that has not been seen to wait for an eighth of scripts.cpu is suspected. Then it is judged by the
// processor that it uses: where others use it too, it may take as long as it likes. Native code that may wait,
// such as reading from what may be a connection, does not say whether it has. A call that is mostly there, and
// mostly without the processor, waits.

// trial is that of a call which is suspected.
type trial struct {
	meter *processor.Meter
	began time.Time     // of the period that is looked at
	used  time.Duration // of the processor, before that
	away  time.Duration // in that, in native code that may wait
}

// period is how long a call is looked at to see whether it waits.
const period = time.Second

// judge ends the program if the processor has worked for the call for too long.
func (g *G) judge() {
	t, now, limit := &g.trial, time.Now(), g.Machine.Limits.CPU
	if t.meter == nil || t.meter.Ended() {
		*t = trial{meter: processor.Begin(), began: now}
		return
	}
	used := t.meter.Used()
	if used >= limit {
		g.kill("stopped: ran for " + limit.String() + " without waiting for anything; if it has to compute for longer, raise scripts.cpu in the configuration")
	}
	took := now.Sub(t.began)
	if took < period {
		return
	}
	if t.away > took/2 && float64(used-t.used) < processor.Share()*float64(took/2) {
		g.Pauses()
		return
	}
	t.began, t.used, t.away = now, used, 0
}

// acquit ends the trial.
func (g *G) acquit() {
	if g.trial.meter != nil {
		g.trial.meter.End()
		g.trial = trial{}
	}
}

// Leaves is called before native code that may wait, and what it returns is given to returns after that.
func (g *G) Leaves(args []reflect.Value) (at time.Time) {
	if g.trial.meter == nil || inMemory(args) {
		return time.Time{}
	}
	return time.Now()
}

// GoesRound is called before each round of a loop of native code, which may wait in it: what it returns is given to
// Returns after that.
func (g *G) GoesRound() (at time.Time) {
	g.tick(nil)
	return g.Leaves(nil)
}

// Returns is given what Leaves has returned, when native code has come back.
func (g *G) Returns(at time.Time) {
	if !at.IsZero() {
		g.trial.away += time.Since(at)
	}
}

// inMemory reports whether what a function reads from or writes to is in memory: it does not wait for that.
func inMemory(args []reflect.Value) bool {
	found := false
	for _, a := range args {
		if k := a.Kind(); (k != reflect.Interface || a.NumMethod() == 0) && k != reflect.Pointer {
			continue
		}
		switch a.Interface().(type) {
		case *bytes.Buffer, *strings.Builder, *bytes.Reader, *strings.Reader:
			found = true
		default:
			if a.Interface() != io.Discard {
				return false
			}
			found = true
		}
	}
	return found
}
