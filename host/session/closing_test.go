package session

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"wshd/plugins/wsh"
)

// The client closes at once. Its Close frame meets a receiver's goroutine, and TransferData returns while
// the closing hook is running there; or nobody receives at all. What the hook comes to counts all the
// same.
func TestTheClosingHookDecidesThoughTransferDataHasReturned(t *testing.T) {
	refused := errors.New("no")
	for _, test := range []struct {
		name string
		hook func() (wsh.StatusCode, string, error)
		want []string
		fail string // what is reported
	}{
		{"answers", func() (wsh.StatusCode, string, error) { return 4001, "late", nil }, []string{"C4001 late", "EOF"}, ""},
		{"aborts", func() (wsh.StatusCode, string, error) { return 4001, "late", wsh.ErrAborted }, []string{"EOF"}, ""},
		{"fails", func() (wsh.StatusCode, string, error) { return 4001, "late", refused }, []string{"C1011", "EOF"},
			"failed PassiveClosingHandshake: no"},
		{"panics", func() (wsh.StatusCode, string, error) { panic("oh") }, []string{"C1011", "EOF"},
			"failed PassiveClosingHandshake: PassiveClosingHandshake: panic: oh"},
	} {
		for _, receives := range []bool{true, false} {
			name, rounds := test.name+" while a receiver waits", 50
			if !receives { // each takes a tenth of a second, until the connection is watched
				name, rounds = test.name+" while nobody receives", 2
			}
			t.Run(name, func(t *testing.T) {
				for range rounds {
					var told *reports
					begun := make(chan struct{})
					h := &wsh.Handler{DoExtraHandshake: accept,
						TransferData: func(r *wsh.Request) error {
							if receives {
								wsh.NewMessageReceiver(r)
								<-begun
							} else {
								<-r.Context().Done()
							}
							return nil
						},
						PassiveClosingHandshake: func(*wsh.Request) (wsh.StatusCode, string, error) {
							close(begun)
							<-told.returned["TransferData"]
							return test.hook()
						}}
					told = newReports()
					c := runWith(t, h, request(), told, nil)
					c.answer()
					c.sendClose(1000)
					c.want(test.want...)
					c.end(told)
					failed := slices.DeleteFunc(strings.Split(told.got(), "; "), func(s string) bool { return !strings.HasPrefix(s, "failed") })
					if got := strings.Join(failed, "; "); got != test.fail {
						t.Fatalf("got %q, want %q", got, test.fail)
					}
					if aborted := strings.Contains(told.logged(), `reason="the handler aborted it"`); aborted != (test.name == "aborts") {
						t.Fatalf("got %s", told.logged())
					}
				}
			})
		}
	}
}

func TestBothHooksThatFailAreReported(t *testing.T) {
	c, told := run(t, &wsh.Handler{DoExtraHandshake: accept,
		TransferData: func(r *wsh.Request) error {
			if _, err := r.ReceiveMessage(); err == nil {
				return nil
			}
			panic("TransferData's own")
		},
		PassiveClosingHandshake: func(*wsh.Request) (wsh.StatusCode, string, error) { return 0, "", errors.New("no") },
	}, request(), nil)
	c.answer()
	c.sendClose(1000)
	c.end(told)
	for _, want := range []string{"failed PassiveClosingHandshake: no", "failed TransferData: TransferData: panic: TransferData's own"} {
		if !told.has(want) {
			t.Errorf("got %s, want %s", told.got(), want)
		}
	}
}
