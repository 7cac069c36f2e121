package protocol

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"wshd/plugins/wsh"
)

// ParseClose reads the payload of a Close frame that was received (RFC 6455, sections 5.5.1 and 7.4). The
// code of an empty one is 1005. An error is a *Fault.
func ParseClose(body []byte) (wsh.StatusCode, string, error) {
	if len(body) == 0 {
		return wsh.StatusNoStatusReceived, "", nil
	}
	if len(body) == 1 {
		return 0, "", violation("Close frame with half a code")
	}
	code, reason := wsh.StatusCode(binary.BigEndian.Uint16(body)), body[2:]
	if !receivable(code) {
		return 0, "", violation("Close frame with code %d", code)
	}
	if !utf8.Valid(reason) {
		return 0, "", &Fault{wsh.StatusInvalidFramePayloadData, "close reason that is not UTF-8"}
	}
	return code, string(reason), nil
}

// receivable: the codes in use, those of the registry, and those left to libraries and applications.
func receivable(code wsh.StatusCode) bool {
	if code >= 3000 {
		return code <= 4999
	}
	return code.Sendable() && code != 1004 && code <= wsh.StatusBadGateway
}

// CheckClose says why a Close frame cannot hold a code and reason, so that 1011 goes out instead. Code 0
// stands for an empty frame, whatever the reason.
func CheckClose(code wsh.StatusCode, reason string) error {
	switch {
	case code == 0:
		return nil
	case !code.Sendable():
		return fmt.Errorf("%d is no code that can be sent: closed with 1011 instead", code)
	case len(reason) > MaxReason:
		return fmt.Errorf("the reason has %d bytes, and %d fit: closed with 1011 instead", len(reason), MaxReason)
	case !utf8.ValidString(reason):
		return errors.New("the reason is not UTF-8: closed with 1011 instead")
	}
	return nil
}

// ShortReason is text as the reason of a Close frame, cut off where no more fits.
func ShortReason(text string) string {
	if text = strings.ToValidUTF8(text, ""); len(text) <= MaxReason {
		return text
	}
	return strings.ToValidUTF8(text[:MaxReason-len("…")], "") + "…"
}

// CloseToSend is what goes out for a code and reason: 1011 without a reason if they do not fit.
func CloseToSend(code wsh.StatusCode, reason string) (wsh.StatusCode, string) {
	switch {
	case CheckClose(code, reason) != nil:
		return wsh.StatusInternalEndpointError, ""
	case code == 0:
		return 0, ""
	}
	return code, reason
}

// Outcome is how a connection is closed after its hooks have returned.
type Outcome struct {
	Abort  bool           // end TCP without a Close frame
	Code   wsh.StatusCode // of the Close frame, unless one has been sent
	Reason string
	Failed bool // the hook's error is its author's to learn of: it is logged
}

// OutcomeOf is the table of what an error of TransferData, or of the closing hook, comes to. clientClosed
// says that the client's Close frame has been received, so that an io.EOF means that. over says that the
// connection had ended, or the handler had closed it, before the hook returned, so that the errors of its
// sends and receives follow from that.
func OutcomeOf(err error, clientClosed, over bool) Outcome {
	failed := Outcome{Code: wsh.StatusInternalEndpointError, Failed: true}
	var closed *wsh.CloseError
	switch {
	case err == nil, clientClosed && errors.Is(err, io.EOF):
		return Outcome{Code: wsh.StatusNormalClosure}
	case errors.Is(err, wsh.ErrAborted):
		return Outcome{Abort: true}
	case errors.As(err, &closed) && closed.Code == 0: // an empty Close frame is CloseConnection's
		return failed
	case errors.As(err, &closed):
		// What no Close frame can hold becomes 1011, and its author wonders why.
		return Outcome{Code: closed.Code, Reason: closed.Reason, Failed: CheckClose(closed.Code, closed.Reason) != nil}
	case over && (errors.Is(err, wsh.ErrClosed) || errors.Is(err, wsh.ErrBadOperation) || errors.Is(err, context.Canceled)):
		return Outcome{Code: wsh.StatusNormalClosure}
	}
	return failed
}
