package wsh

import "strconv"

// StatusCode is the number in a Close frame: why a connection ended (RFC 6455, section 7.4).
type StatusCode uint16

// The status codes of RFC 6455, section 7.4.1, and of the registry it started. The names are
// mod_pywebsocket's; 1012 to 1014 are the registry's.
const (
	StatusNormalClosure           StatusCode = 1000
	StatusGoingAway               StatusCode = 1001
	StatusProtocolError           StatusCode = 1002
	StatusUnsupportedData         StatusCode = 1003
	StatusNoStatusReceived        StatusCode = 1005 // never sent: the peer's Close frame was empty
	StatusAbnormalClosure         StatusCode = 1006 // never sent: there was no Close frame
	StatusInvalidFramePayloadData StatusCode = 1007
	StatusPolicyViolation         StatusCode = 1008
	StatusMessageTooBig           StatusCode = 1009
	StatusMandatoryExtension      StatusCode = 1010
	StatusInternalEndpointError   StatusCode = 1011
	StatusServiceRestart          StatusCode = 1012
	StatusTryAgainLater           StatusCode = 1013
	StatusBadGateway              StatusCode = 1014
	StatusTLSHandshake            StatusCode = 1015 // never sent: TLS failed
)

// String returns the number in decimal.
func (c StatusCode) String() string { return strconv.Itoa(int(c)) }

// Sendable reports whether a handler may close with c: 1000 to 4999, but for 1005, 1006 and 1015,
// which never go out in a frame (RFC 6455, section 7.4.1).
func (c StatusCode) Sendable() bool {
	switch c {
	case StatusNoStatusReceived, StatusAbnormalClosure, StatusTLSHandshake:
		return false
	}
	return c >= 1000 && c <= 4999
}
