package host

import "strings"

// handshakeSeeds are good and bad ones.
func handshakeSeeds() []string {
	return []string{
		head("/echo"), head("/echo?a=b"), head("/nowhere"), head("/echo#f"), head("ws://localhost/echo"), "", "\r\n", "GET",
		head("/echo", "Connection: keep-alive, Upgrade", "Upgrade: h2c, websocket"),
		head("/echo", "Sec-WebSocket-Protocol: a, b", "Sec-WebSocket-Protocol: c"),
		head("/echo", `Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits="15", x; y`),
		head("/echo", "Sec-WebSocket-Extensions: foo foo"), head("/echo", "Sec-WebSocket-Protocol: ,,"),
		head("/echo", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR=="), head("/echo", "Sec-WebSocket-Version: 8"),
		head("/echo", "Content-Length: 4"), head("/echo", "Transfer-Encoding: chunked"), head("/echo", "Expect: 100-continue"),
		head("/echo", "Origin: null", "Origin: null"), head("/echo", "Host: a b"), head("/echo", "Host : x"), head("/echo", " folded"),
		strings.Replace(head("/echo"), "GET", "POST", 1), strings.Replace(head("/echo"), "HTTP/1.1", "HTTP/1.0", 1),
		strings.ReplaceAll(head("/echo"), "\r\n", "\n"), "GET /x HTTP/1.1\r\nHost: x\r\n\r\n" + head("/echo"),
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", strings.TrimSuffix(head("/echo"), "\r\n"),
	}
}

// fieldChoices are the lines of a handshake, each with what may stand there in its place.
var fieldChoices = [][]string{
	{"GET /echo HTTP/1.1", "GET /echo?q=1 HTTP/1.1", "POST /echo HTTP/1.1", "GET /echo HTTP/1.0", "GET /echo#x HTTP/1.1",
		"GET /Echo HTTP/1.1", "GET /%65cho HTTP/1.1", "HEAD /echo HTTP/1.1", "get /echo HTTP/1.1", "GET /echo?#  HTTP/1.1", "GET  /echo HTTP/1.1"},
	{"Host: localhost", "Host:", "Host: example.com:80", "HOST:\tlocalhost ", "Host: a b", "X-Host: localhost"},
	{"Upgrade: websocket", "upgrade: WebSocket", "Upgrade: h2c,websocket", "Upgrade: h2c , websocket,", "Upgrade: websockets",
		"Upgrade: web socket", "Upgrade: xwebsocket", "Upgrade: websocket/13", "Upgrade: \"websocket\"", "Upgrade:"},
	{"Connection: Upgrade", "Connection: upgrade", "connection: close, Upgrade", "Connection: Upgraded", "Connection: ,\tUPGRADE\t,", "Connection: keep-alive", "Connection: Upgrade;x"},
	{"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ__=", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j",
		"Sec-WebSocket-Key: dGhlIHNhbXBs ZSBub25jZQ==", "Sec-WebSocket-Key:", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==,x", "Sec-WebSocket-Key: +/+/+/+/+/+/+/+/+/+/+w=="},
	{"Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: 13, 8", "Sec-WebSocket-Version: 013", "Sec-WebSocket-Version: 13.0", "Sec-WebSocket-Version:", "SEC-WEBSOCKET-VERSION:13"},
	{"", "Origin: https://a.example", "Origin: null", "Origin:"},
	{"", "Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b, a", "Sec-WebSocket-Protocol: ,b,,a,", "Sec-WebSocket-Protocol:", "Sec-WebSocket-Protocol: a b",
		"Sec-WebSocket-Protocol: a/b", "Sec-WebSocket-Protocol: \"a\"", "Sec-WebSocket-Protocol: ,"},
	{"", "Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Extensions: x; y=z", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8, permessage-deflate",
		"Sec-WebSocket-Extensions: x y", "Sec-WebSocket-Extensions: x;", "Sec-WebSocket-Extensions: x; y=", "Sec-WebSocket-Extensions: x; =y", "Sec-WebSocket-Extensions: ;x",
		"Sec-WebSocket-Extensions:", "Sec-WebSocket-Extensions: x; y=\"z\"", "Sec-WebSocket-Extensions: x; y==z"},
	{"", "Content-Length: 0", "Content-Length: 1", "Content-Length: -1", "Content-Length: x", "Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Transfer-Encoding:"},
	{"", "Cookie: a=b; c=d", "X-Long: " + strings.Repeat("x", 5000), "Sec-Fetch-Site: cross-site", "X : y", " folded", "no colon", ": no name", "X-Bad: \x01", "X-High: \xff"},
}
