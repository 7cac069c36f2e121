package protocol

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"wshd/plugins/wsh"
)

func TestOutcomeOfTransferData(t *testing.T) {
	broken := errors.New("broken")
	ok, failed := Outcome{Code: 1000}, Outcome{Code: 1011, Failed: true}
	for _, test := range []struct {
		name                 string
		err                  error
		open, closed, itself Outcome // while all is well; after the client's Close; after another end
	}{
		{"nil", nil, ok, ok, ok},
		{"abort", wsh.ErrAborted, Outcome{Abort: true}, Outcome{Abort: true}, Outcome{Abort: true}},
		{"wrapped abort", fmt.Errorf("x: %w", wsh.ErrAborted), Outcome{Abort: true}, Outcome{Abort: true}, Outcome{Abort: true}},
		{"io.EOF", io.EOF, failed, ok, failed},
		{"closed", wsh.ErrClosed, failed, ok, ok},
		{"bad operation", wsh.ErrBadOperation, failed, ok, ok},
		{"context", context.Canceled, failed, ok, ok},
		{"time-out", wsh.ErrTimeout, failed, failed, failed},
		{"another error", broken, failed, failed, failed},
		{"close error", &wsh.CloseError{Code: 4000, Reason: "bye"}, Outcome{Code: 4000, Reason: "bye"},
			Outcome{Code: 4000, Reason: "bye"}, Outcome{Code: 4000, Reason: "bye"}},
		{"close error with code 0", &wsh.CloseError{Reason: "bye"}, failed, failed, failed},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := []Outcome{OutcomeOf(test.err, false, false), OutcomeOf(test.err, true, true), OutcomeOf(test.err, false, true)}
			if want := []Outcome{test.open, test.closed, test.itself}; !slices.Equal(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestWhatACloseFrameCannotHoldFails(t *testing.T) {
	long := strings.Repeat("x", MaxReason+1)
	for _, test := range []struct {
		code   wsh.StatusCode
		reason string
		fits   bool
	}{
		{1000, "", true}, {0, "", true}, {0, long, true}, {4999, strings.Repeat("x", MaxReason), true},
		{999, "", false}, {1005, "", false}, {1006, "", false}, {1015, "", false}, {5000, "", false},
		{4000, long, false}, {4000, "\xff", false},
	} {
		code, reason := CloseToSend(test.code, test.reason)
		switch {
		case (CheckClose(test.code, test.reason) == nil) != test.fits:
			t.Errorf("%d %q: got %v, want %v", test.code, test.reason, !test.fits, test.fits)
		case !test.fits && (code != 1011 || reason != ""):
			t.Errorf("%d %q: got %d %q, want 1011", test.code, test.reason, code, reason)
		case test.fits && (code != test.code || code != 0 && reason != test.reason || code == 0 && reason != ""):
			t.Errorf("%d %q: got %d %q", test.code, test.reason, code, reason)
		}
		if test.code != 0 {
			if got := OutcomeOf(&wsh.CloseError{Code: test.code, Reason: test.reason}, false, false); got.Failed == test.fits {
				t.Errorf("%d %q: got %+v", test.code, test.reason, got)
			}
		}
	}
}

func TestParseClose(t *testing.T) {
	for _, test := range []struct {
		body, reason string
		code         wsh.StatusCode // of the frame, or of the fault
		fault        bool
	}{
		{"", "", 1005, false},
		{"\x03\xe8", "", 1000, false},
		{"\x0f\xa0bye", "bye", 4000, false},
		{"\x03", "", 1002, true},
		{"\x03\xe8\xff", "", 1007, true},
	} {
		code, reason, err := ParseClose([]byte(test.body))
		var f *Fault
		if errors.As(err, &f) {
			code = f.Code
		}
		if code != test.code || reason != test.reason || (f != nil) != test.fault {
			t.Errorf("%q: got %d %q %v", test.body, code, reason, err)
		}
	}
}

func TestReceivableCodes(t *testing.T) {
	in := map[wsh.StatusCode]bool{}
	for _, code := range []wsh.StatusCode{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014} {
		in[code] = true
	}
	for code := range 1 << 16 {
		want := in[wsh.StatusCode(code)] || code >= 3000 && code < 5000
		_, _, err := ParseClose([]byte{byte(code >> 8), byte(code)})
		if (err == nil) != want {
			t.Errorf("code %d: %v, want received %v", code, err, want)
		}
	}
}
