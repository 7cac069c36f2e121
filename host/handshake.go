package host

import (
	"encoding/base64"
	"net/http"
	"strings"

	"wshd/host/tunnel"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// readHandshake checks an opening handshake by RFC 6455, section 4.2.1, and makes the Request that
// the hooks will see.
func readHandshake(q *http.Request, t target) (*wsh.Request, *protocol.Refusal) {
	if no := checkHandshake(q); no != nil {
		return nil, no
	}
	protocols, ok := parseProtocols(q.Header.Values("Sec-WebSocket-Protocol"))
	if !ok {
		return nil, protocol.BadRequest("Sec-WebSocket-Protocol is not a list of tokens")
	}
	extensions, ok := parseExtensions(strings.Join(q.Header.Values("Sec-WebSocket-Extensions"), ","))
	if !ok {
		return nil, protocol.BadRequest("Sec-WebSocket-Extensions is malformed")
	}
	return &wsh.Request{
		Method:              http.MethodGet,
		Resource:            t.resource,
		Proto:               q.Proto,
		Host:                q.Host,
		Origin:              q.Header.Get("Origin"),
		URL:                 q.URL,
		Header:              tunnel.Header(q),
		RemoteAddr:          q.RemoteAddr,
		Version:             13,
		RequestedProtocols:  protocols,
		RequestedExtensions: extensions,
	}, nil
}

func checkHandshake(q *http.Request) *protocol.Refusal {
	no := checkHTTP1(q)
	if tunnel.Wanted(q) {
		no = checkHTTP2(q)
	}
	if no != nil {
		return no
	}
	// RFC 6455, section 4.4: the answer to another version names those that are spoken.
	if v := q.Header.Values("Sec-WebSocket-Version"); len(v) != 1 || v[0] != "13" {
		no := protocol.BadRequest("the only Sec-WebSocket-Version here is 13")
		no.Header = http.Header{"Sec-WebSocket-Version": {"13"}}
		return no
	}
	if keys := q.Header.Values("Sec-WebSocket-Key"); !tunnel.Wanted(q) && (len(keys) != 1 || !isKey(keys[0])) {
		return protocol.BadRequest("Sec-WebSocket-Key is not 16 bytes in base64")
	}
	return nil
}

// checkHTTP2 checks what makes a handshake of a request for a stream of HTTP/2: RFC 8441, section 5. There is no
// key, since no cache or server can take the request for another.
func checkHTTP2(q *http.Request) *protocol.Refusal {
	switch {
	case q.TLS == nil:
		return protocol.BadRequest("a WebSocket of HTTP/2 is https here")
	case q.Host == "":
		return protocol.BadRequest("the :authority is missing")
	case q.ContentLength >= 0:
		return protocol.BadRequest("a WebSocket handshake has no body: its stream stays open, and has no length")
	}
	return nil
}

// checkHTTP1 checks what makes a handshake of a request in HTTP/1.1: RFC 6455, section 4.2.1.
func checkHTTP1(q *http.Request) *protocol.Refusal {
	h := q.Header
	switch {
	case q.ProtoMajor == 2:
		return protocol.BadRequest("in HTTP/2 a WebSocket begins with CONNECT and :protocol (RFC 8441)")
	case q.Method != http.MethodGet:
		return protocol.BadRequest("a WebSocket handshake is a GET")
	case !q.ProtoAtLeast(1, 1):
		return protocol.BadRequest("a WebSocket handshake is HTTP/1.1 or later: a proxy in between must speak that to this host")
	case q.ContentLength != 0:
		return protocol.BadRequest("a WebSocket handshake has no body") // it would be read as frames
	case q.Host == "":
		return protocol.BadRequest("the Host header is missing")
	case h.Get("Upgrade") == "":
		return protocol.BadRequest("the Upgrade header is missing: a proxy in between must pass Upgrade and Connection on")
	case !hasToken(h.Values("Upgrade"), "websocket"):
		return protocol.BadRequest("the Upgrade header does not say websocket")
	case !hasToken(h.Values("Connection"), "upgrade"):
		return protocol.BadRequest("the Connection header does not say Upgrade: a proxy in between must pass Upgrade and Connection on")
	}
	return nil
}

// isKey wants 16 bytes in base64 (RFC 6455, section 4.2.1, point 5: a value that, when decoded, is 16 bytes
// in length). The last letter may carry bits that belong to none of them, as in the example of section 4.1,
// point 7.
func isKey(key string) bool {
	nonce, err := base64.StdEncoding.DecodeString(key)
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
