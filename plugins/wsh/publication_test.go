package wsh_test

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wshd/plugins/wsh"
)

// rendererOf makes a Renderer of f, and counts its failures.
func rendererOf(f func(wsh.Publication) wsh.Message) (r *wsh.Renderer, failed func() []error) {
	var mu sync.Mutex
	var errs []error
	h := &wsh.Handler{RenderPublication: f}
	r = wsh.NewRenderer(h, func(p wsh.Publication) (m wsh.Message, err error) {
		defer func() {
			if v := recover(); v != nil {
				err = errors.New("panic")
			}
		}()
		return f(p), nil
	}, func(err error) { mu.Lock(); errs = append(errs, err); mu.Unlock() })
	return r, func() []error { mu.Lock(); defer mu.Unlock(); return errs }
}

func TestAPublicationIsRenderedOnceForEachVersion(t *testing.T) {
	var calls atomic.Int32
	render := func(p wsh.Publication) wsh.Message {
		calls.Add(1)
		p.Message.Data[0] = 'H' // its copy
		return wsh.Text(p.Room + " " + p.ID + " " + p.Message.Text())
	}
	one, _ := rendererOf(render)
	two, _ := rendererOf(render)
	o := wsh.NewPublication(wsh.Publication{Room: "r", ID: "7", Message: wsh.Text("hello")})
	var asking sync.WaitGroup
	var grown atomic.Int64
	for i := range 20 {
		asking.Go(func() {
			m, n := o.Rendered([]*wsh.Renderer{one, two}[i%2])
			grown.Add(int64(n))
			if got := m.Text(); got != "r 7 Hello" {
				t.Errorf("got %q", got)
			}
		})
	}
	asking.Wait()
	if calls.Load() != 2 {
		t.Errorf("rendered %d times, want 2", calls.Load())
	}
	if m, _ := o.Rendered(one); grown.Load() != 2*int64(len(m.Frame)) {
		t.Errorf("grew by %d, want two frames of %d", grown.Load(), len(m.Frame))
	}
	if m, n := o.Rendered(nil); m != o || n != 0 || m.Text() != "hello" {
		t.Errorf("as it is: got %q", m.Text())
	}
	if wsh.NewRenderer(&wsh.Handler{}, nil, nil) != nil {
		t.Error("a handler without RenderPublication has a renderer")
	}
}

func TestARenderPublicationThatFails(t *testing.T) {
	for name, f := range map[string]func(wsh.Publication) wsh.Message{
		"panics":       func(wsh.Publication) wsh.Message { panic("oh") },
		"broken text":  func(wsh.Publication) wsh.Message { return wsh.Text("\xff") },
		"waits":        func(wsh.Publication) wsh.Message { time.Sleep(time.Hour); return wsh.Text("late") },
		"ends itself":  func(wsh.Publication) wsh.Message { panic(new(string)) },
		"binary is ok": func(wsh.Publication) wsh.Message { return wsh.Binary([]byte("\xff")) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, failed := rendererOf(f)
				want, times := "hello", 1
				if strings.HasSuffix(name, "ok") {
					want, times = "\xff", 0
				}
				for range 3 {
					o := wsh.NewOutgoing(wsh.Text("hello"))
					if m, _ := o.Rendered(r); m.Text() != want {
						t.Errorf("got %q, want %q", m.Text(), want)
					}
				}
				if got := failed(); len(got) != times {
					t.Errorf("told %v, want %d", got, times)
				}
				time.Sleep(2 * time.Hour) // in the bubble: for those that wait
			})
		})
	}
}

// TestWhatEndedVersionsMadeIsDropped: a room may keep something for longer than a version lives.
func TestWhatEndedVersionsMadeIsDropped(t *testing.T) {
	o := wsh.NewOutgoing(wsh.Text("hello"))
	grown := 0
	var frame int
	for range 100 {
		life := wsh.NewLife(func() {})
		h := &wsh.Handler{Life: life, RenderPublication: func(p wsh.Publication) wsh.Message { return p.Message }}
		r := wsh.NewRenderer(h, func(p wsh.Publication) (wsh.Message, error) { return h.RenderPublication(p), nil }, nil)
		m, n := o.Rendered(r)
		grown += n
		frame = len(m.Frame)
		life.Retire()
		_, n = o.Rendered(wsh.NewRenderer(h, nil, nil))
		grown += n
	}
	if grown > 2*frame {
		t.Errorf("grew by %d, want at most two frames of %d", grown, frame)
	}
}
