package session

import (
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

// A client that leaves while DoExtraHandshake runs ends the request's context, whatever it has sent before,
// and is not logged as if it had been closed with 1000.
func TestAClientThatLeavesDuringTheHandshake(t *testing.T) {
	for _, test := range []struct {
		name  string
		sends string
		hook  func(r *wsh.Request)
	}{
		{"having sent nothing", "", nil},
		{"having sent a frame", "\x81\x80\x00\x00\x00\x00", nil},
		{"having sent raw bytes that were read", "raw", func(r *wsh.Request) {
			if b, err := r.ReadRaw(3); err != nil || string(b) != "raw" {
				t.Errorf("got %q %v, want raw", b, err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			begun := make(chan struct{})
			c, told := run(t, &wsh.Handler{
				DoExtraHandshake: func(r *wsh.Request) error {
					close(begun)
					if test.hook != nil {
						test.hook(r)
					}
					select {
					case <-r.Context().Done():
					case <-time.After(20 * time.Second):
						t.Error("the context has not ended")
					}
					return nil
				},
				TransferData: func(r *wsh.Request) error { return nil },
			}, request(), nil)
			<-begun
			c.nc.Write([]byte(test.sends))
			c.nc.Close()
			<-told.ended
			told.mu.Lock()
			defer told.mu.Unlock()
			if log := told.log.String(); !strings.Contains(log, "code=1006") {
				t.Errorf("the log says %s, want code=1006", log)
			}
		})
	}
}
