package host

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"wshd/host/door"
	"wshd/plugins/wsh"
)

// refusal is an answer other than the 101.
type refusal struct {
	status int
	reason string // the body
	header http.Header
}

func bad(reason string) *refusal { return &refusal{status: http.StatusBadRequest, reason: reason} }

// readHandshake checks an opening handshake by RFC 6455, section 4.2.1, and makes the Request that
// the hooks will see.
func readHandshake(q *http.Request, t target) (*wsh.Request, *refusal) {
	if no := checkHandshake(q); no != nil {
		return nil, no
	}
	protocols, ok := parseProtocols(q.Header.Values("Sec-WebSocket-Protocol"))
	if !ok {
		return nil, bad("Sec-WebSocket-Protocol is not a list of tokens")
	}
	extensions, ok := parseExtensions(strings.Join(q.Header.Values("Sec-WebSocket-Extensions"), ","))
	if !ok {
		return nil, bad("Sec-WebSocket-Extensions is malformed")
	}
	return &wsh.Request{
		Method:              q.Method,
		Resource:            t.resource,
		Proto:               q.Proto,
		Host:                q.Host,
		Origin:              q.Header.Get("Origin"),
		URL:                 q.URL,
		Header:              q.Header,
		RemoteAddr:          q.RemoteAddr,
		Version:             13,
		RequestedProtocols:  protocols,
		RequestedExtensions: extensions,
	}, nil
}

func checkHandshake(q *http.Request) *refusal {
	h := q.Header
	switch {
	case q.Method != http.MethodGet:
		return bad("a WebSocket handshake is a GET")
	case !q.ProtoAtLeast(1, 1):
		return bad("a WebSocket handshake is HTTP/1.1 or later")
	case q.ContentLength != 0:
		return bad("a WebSocket handshake has no body") // it would be read as frames
	case q.Host == "":
		return bad("the Host header is missing")
	case !hasToken(h.Values("Upgrade"), "websocket"):
		return bad("the Upgrade header does not say websocket")
	case !hasToken(h.Values("Connection"), "upgrade"):
		return bad("the Connection header does not say Upgrade: a proxy in between must pass Upgrade and Connection on")
	}
	// RFC 6455, section 4.4: the answer to another version names those that are spoken.
	if v := h.Values("Sec-WebSocket-Version"); len(v) != 1 || v[0] != "13" {
		no := bad("the only Sec-WebSocket-Version here is 13")
		no.header = http.Header{"Sec-WebSocket-Version": {"13"}}
		return no
	}
	if keys := h.Values("Sec-WebSocket-Key"); len(keys) != 1 || !isKey(keys[0]) {
		return bad("Sec-WebSocket-Key is not 16 bytes in base64")
	}
	return nil
}

// isKey wants 16 bytes in canonical base64 (RFC 6455, section 4.1, point 7).
func isKey(key string) bool {
	nonce, err := base64.StdEncoding.Strict().DecodeString(key)
	return err == nil && len(nonce) == 16 && len(key) == 24
}

// hasToken looks for a token in a comma-separated header, in any case.
func hasToken(values []string, token string) bool {
	for _, v := range values {
		for one := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.Trim(one, " \t"), token) {
				return true
			}
		}
	}
	return false
}

// checkProtocol holds the handler's choice of subprotocol to pywebsocket's rules: one is chosen if
// and only if some were requested, and it is a token. It need not be one of those.
func checkProtocol(r *wsh.Request) *refusal {
	switch {
	case r.Protocol == "" && len(r.RequestedProtocols) > 0:
		return bad("none of the requested subprotocols is spoken here: " + door.WithoutTokens(r.RequestedProtocols))
	case r.Protocol != "" && len(r.RequestedProtocols) == 0:
		return bad("the handler wants the subprotocol " + r.Protocol + ", and none was requested")
	case r.Protocol != "" && !isToken(r.Protocol):
		return bad("the handler chose a subprotocol that is not a token")
	}
	return nil
}

// appendAnswer encodes the 101.
func appendAnswer(b []byte, r *wsh.Request) []byte {
	b = append(b, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "...)
	b = append(b, wsh.AcceptKey(r.Header.Get("Sec-WebSocket-Key"))...)
	b = append(b, "\r\n"...)
	if r.Protocol != "" {
		b = appendHeader(b, "Sec-WebSocket-Protocol", r.Protocol)
	}
	if len(r.Extensions) > 0 {
		names := make([]string, len(r.Extensions))
		for i, e := range r.Extensions {
			names[i] = e.String()
		}
		b = appendHeader(b, "Sec-WebSocket-Extensions", strings.Join(names, ", "))
	}
	return append(appendHeaders(b, r.ExtraHeaders), "\r\n"...)
}

// ours are the headers of an answer that a handler's cannot stand beside.
var ours = []string{"Upgrade", "Connection", "Sec-Websocket-Accept", "Sec-Websocket-Protocol", "Sec-Websocket-Extensions", "Content-Length", "Transfer-Encoding"}

func appendHeaders(b []byte, h http.Header) []byte {
	names := make([]string, 0, len(h))
	for name := range h {
		if !slices.Contains(ours, http.CanonicalHeaderKey(name)) && isToken(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range h[name] {
			b = appendHeader(b, name, value)
		}
	}
	return b
}

// appendHeader writes one header; line ends in a value, which would begin another, become spaces.
func appendHeader(b []byte, name, value string) []byte {
	b = append(append(b, name...), ": "...)
	start := len(b)
	b = append(b, value...)
	for i, c := range b[start:] {
		if c == '\r' || c == '\n' || c == 0 {
			b[start+i] = ' '
		}
	}
	return append(b, "\r\n"...)
}
