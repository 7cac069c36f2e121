package peer

import (
	"fmt"
	"strings"

	"wshd/plugins/wsh/protocol"
)

// element is one element of a Forwarded header (RFC 7239, section 4): what one proxy says.
type element map[string]string

// parseForwarded reads a Forwarded header. Whoever sent a part of it cannot hide the part after: a
// quote that it leaves open makes all of it malformed.
func parseForwarded(s string) (list []element, err error) {
	rest := s
	for {
		var e element
		if e, rest, err = parseElement(rest); err != nil {
			return nil, fmt.Errorf("header Forwarded: %w", err)
		}
		list = append(list, e)
		if rest == "" {
			return list, nil
		}
		rest = rest[1:] // the comma
	}
}

// parseElement reads up to a comma, or to the end.
func parseElement(s string) (e element, rest string, err error) {
	e = element{}
	for {
		s = strings.TrimLeft(s, " \t")
		if s != "" && s[0] != ';' && s[0] != ',' {
			var name, value string
			if name, value, s, err = parsePair(s); err != nil {
				return nil, "", err
			}
			name = strings.ToLower(name)
			if _, twice := e[name]; twice {
				return nil, "", fmt.Errorf("%s stands twice in an element", name)
			}
			e[name] = value
			s = strings.TrimLeft(s, " \t")
		}
		switch {
		case s == "" || s[0] == ',':
			return e, s, nil
		case s[0] != ';':
			return nil, "", fmt.Errorf("%.20q where ; or , belongs", s)
		}
		s = s[1:]
	}
}

func parsePair(s string) (name, value, rest string, err error) {
	n := protocol.TokenLength(s)
	name = s[:n]
	if n == 0 || n == len(s) || s[n] != '=' {
		return "", "", "", fmt.Errorf("%.20q is no name=value", s)
	}
	s = s[n+1:]
	if !strings.HasPrefix(s, `"`) {
		n = protocol.TokenLength(s)
		if n == 0 {
			return "", "", "", fmt.Errorf("%s has no value (what is no token belongs in quotes)", name)
		}
		return name, s[:n], s[n:], nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return name, b.String(), s[i+1:], nil
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", "", fmt.Errorf("the quotes of %s do not end", name)
}
