package host

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// maxHeaders bounds the headers of a request, and maxElements the commas and semicolons of a header that is
// parsed into a list: two bytes of a client's make an element of fifty or more, which is kept for the life of
// the connection. Browsers send some twenty headers, and offer one extension.
const (
	maxHeaders  = 100
	maxElements = 64
)

// tooMany says what a head has too much of; "" if it has not. The bytes are counted by headSize.
func tooMany(h http.Header) string {
	n := 0
	for _, values := range h {
		n += len(values)
	}
	if n > maxHeaders {
		return fmt.Sprintf("the request has more than %d headers", maxHeaders)
	}
	for _, name := range []string{"Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"} {
		n = 0
		for _, v := range h.Values(name) {
			n += strings.Count(v, ",") + strings.Count(v, ";")
		}
		if n > maxElements {
			return fmt.Sprintf("%s has more than %d elements", name, maxElements)
		}
	}
	return ""
}

// parseProtocols reads Sec-WebSocket-Protocol: tokens, at least one if the header is there (RFC
// 6455, section 4.1, point 10).
func parseProtocols(values []string) (list []string, ok bool) {
	if len(values) == 0 {
		return nil, true
	}
	for one := range strings.SplitSeq(strings.Join(values, ","), ",") {
		one = strings.Trim(one, " \t")
		if one == "" {
			continue // RFC 9110, section 5.6.1: empty elements of a list do not count
		}
		if !protocol.IsToken(one) {
			return nil, false
		}
		list = append(list, one)
	}
	return list, len(list) > 0
}

// parseExtensions reads Sec-WebSocket-Extensions by the grammar of RFC 6455, section 9.1. An empty
// header is no offer; a header of empty elements only is malformed.
func parseExtensions(header string) (list []wsh.Extension, ok bool) {
	s := scanner{header}
	s.space()
	if s.rest == "" {
		return nil, true
	}
	for {
		s.space()
		if s.rest == "" {
			return list, len(list) > 0
		}
		if s.take(',') {
			continue
		}
		e, ok := s.extension()
		if !ok {
			return nil, false
		}
		list = append(list, e)
		if s.space(); s.rest != "" && !s.take(',') {
			return nil, false
		}
	}
}

// scanner reads the pieces of a header's grammar off its front.
type scanner struct{ rest string }

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

func (s *scanner) take(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

func (s *scanner) token() (string, bool) {
	n := protocol.TokenLength(s.rest)
	token := s.rest[:n]
	s.rest = s.rest[n:]
	return token, n > 0
}

// quoted reads a quoted-string (RFC 9110, section 5.6.4), without its quotes and backslashes.
func (s *scanner) quoted() (string, bool) {
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; c {
		case '"':
			s.rest = s.rest[i+1:]
			return b.String(), true
		case '\\':
			i++
			if i == len(s.rest) {
				return "", false
			}
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

func (s *scanner) extension() (e wsh.Extension, ok bool) {
	if e.Name, ok = s.token(); !ok {
		return e, false
	}
	for {
		s.space()
		if !s.take(';') {
			return e, true
		}
		s.space()
		p, ok := s.param()
		if !ok {
			return e, false
		}
		e.Params = append(e.Params, p)
	}
}

func (s *scanner) param() (p wsh.ExtensionParam, ok bool) {
	if p.Name, ok = s.token(); !ok {
		return p, false
	}
	s.space()
	if !s.take('=') {
		return p, true
	}
	s.space()
	if strings.HasPrefix(s.rest, `"`) {
		p.Value, ok = s.quoted()
		// An empty value would read as none at all.
		return p, ok && p.Value != ""
	}
	p.Value, ok = s.token()
	return p, ok
}

// hideCookie takes a cookie out of a request.
func hideCookie(h http.Header, name string) {
	values := h["Cookie"]
	if name == "" || !slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, name) }) {
		return
	}
	var left []string
	for _, v := range values {
		var pairs []string
		for pair := range strings.SplitSeq(v, ";") {
			if n, _, _ := strings.Cut(pair, "="); strings.TrimSpace(n) != name && strings.TrimSpace(pair) != "" {
				pairs = append(pairs, strings.TrimSpace(pair))
			}
		}
		if len(pairs) > 0 {
			left = append(left, strings.Join(pairs, "; "))
		}
	}
	if left == nil {
		delete(h, "Cookie")
		return
	}
	h["Cookie"] = left
}
