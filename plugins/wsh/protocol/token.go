// Package protocol is what RFC 6455 and mod_pywebsocket say of one connection, apart from any
// connection: frames, tokens, and what comes of a hook's error. host/stream and host/session apply it on
// the wire, and wshtest in memory, so that a test and a host cannot disagree. Handler scripts do not use
// it.
package protocol

import "strings"

// TokenLength is how much of s, from its start, is a token (RFC 9110, section 5.6.2).
func TokenLength(s string) int {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return i
		}
	}
	return len(s)
}

// IsToken reports whether s is a token: the name of a header, a subprotocol or an extension. "" is none.
func IsToken(s string) bool { return s != "" && TokenLength(s) == len(s) }
