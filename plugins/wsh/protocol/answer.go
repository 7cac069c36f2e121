package protocol

import (
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"

	"wshd/plugins/wsh"
)

// Refusal is an answer to an opening handshake other than the 101.
type Refusal struct {
	Status int
	Reason string      // the body, one line of plain text
	Header http.Header // sent with it; may be nil
}

// BadRequest refuses a handshake with 400.
func BadRequest(reason string) *Refusal {
	return &Refusal{Status: http.StatusBadRequest, Reason: reason}
}

// AnswerTo is the table of what an error of DoExtraHandshake answers. abort says to end TCP without an
// answer. Neither: the handshake is accepted, as far as the hook goes; see CheckProtocol.
func AnswerTo(err error) (refusal *Refusal, abort bool) {
	var refused *wsh.HandshakeError
	switch {
	case err == nil:
		return nil, false
	case errors.Is(err, wsh.ErrAborted):
		return nil, true
	case errors.As(err, &refused) && refused.Status >= 300 && refused.Status <= 599:
		reason := refused.Reason
		if reason == "" {
			reason = http.StatusText(refused.Status)
		}
		return &Refusal{refused.Status, reason, refused.Header}, false
	}
	return &Refusal{Status: http.StatusForbidden, Reason: http.StatusText(http.StatusForbidden)}, false
}

// TokenPrefix begins a requested subprotocol that is no subprotocol but a bearer token, which a browser
// can send nowhere else.
const TokenPrefix = "bearer."

// CheckProtocol holds the handler's choice of subprotocol to pywebsocket's rules: one is chosen if and
// only if some were requested, and it is a token. It need not be one of those.
func CheckProtocol(r *wsh.Request) *Refusal {
	switch {
	case r.Protocol == "" && len(r.RequestedProtocols) > 0:
		return BadRequest("none of the requested subprotocols is spoken here: " + Shorten(withoutTokens(r.RequestedProtocols)))
	case r.Protocol != "" && len(r.RequestedProtocols) == 0:
		return BadRequest("the handler wants the subprotocol " + r.Protocol + ", and none was requested")
	case r.Protocol != "" && !IsToken(r.Protocol):
		return BadRequest("the handler chose a subprotocol that is not a token")
	}
	return nil
}

// withoutTokens joins subprotocols for people to read. A bearer token may be among them where none is
// asked for; it is not shown.
func withoutTokens(protocols []string) string {
	shown := slices.Clone(protocols)
	for i, p := range shown {
		if strings.HasPrefix(p, TokenPrefix) {
			shown[i] = TokenPrefix + "..."
		}
	}
	return strings.Join(shown, ", ")
}

// reserved are the headers of an answer that a handler's cannot stand beside.
var reserved = []string{"Upgrade", "Connection", "Sec-Websocket-Accept", "Sec-Websocket-Protocol", "Sec-Websocket-Extensions", "Content-Length", "Transfer-Encoding"}

// Sent are the names and values of a handler's headers that go out with an answer, in the order of the
// names. Those that the answer has of its own, and names that are no tokens, are left out. Line ends and
// zero bytes in a value, which could begin another header, become spaces.
func Sent(h http.Header) iter.Seq2[string, string] {
	names := make([]string, 0, len(h))
	for name := range h {
		if IsToken(name) && !slices.Contains(reserved, http.CanonicalHeaderKey(name)) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return func(yield func(name, value string) bool) {
		for _, name := range names {
			for _, value := range h[name] {
				if !yield(name, inOneLine.Replace(value)) {
					return
				}
			}
		}
	}
}

var inOneLine = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")

// AppendAnswer appends the 101 that accepts r to b.
func AppendAnswer(b []byte, r *wsh.Request) []byte {
	b = append(b, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	b = append(b, wsh.AcceptKey(r.Header.Get("Sec-WebSocket-Key"))...)
	b = append(b, "\r\n"...)
	if r.Protocol != "" {
		b = appendField(b, "Sec-WebSocket-Protocol", r.Protocol)
	}
	if len(r.Extensions) > 0 {
		names := make([]string, len(r.Extensions))
		for i, e := range r.Extensions {
			names[i] = e.String()
		}
		b = appendField(b, "Sec-WebSocket-Extensions", strings.Join(names, ", "))
	}
	return append(appendSent(b, r.ExtraHeaders), "\r\n"...)
}

// Append appends the refusal to b, as the last answer on its connection.
func (r *Refusal) Append(b []byte) []byte {
	b = fmt.Appendf(b, "HTTP/1.1 %d %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n",
		r.Status, http.StatusText(r.Status), len(r.Reason)+1)
	b = append(appendSent(b, r.Header), "\r\n"...)
	return append(append(b, r.Reason...), '\n')
}

func appendSent(b []byte, h http.Header) []byte {
	for name, value := range Sent(h) {
		b = appendField(b, name, value)
	}
	return b
}

func appendField(b []byte, name, value string) []byte {
	return append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
}
