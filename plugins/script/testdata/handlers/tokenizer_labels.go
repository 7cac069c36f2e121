// > x = "a b" + %d ; # rest
// < id:x op:= str:a b op:+ num:%d op:;
// > "open
// < unterminated string at 0
package main

import (
	"fmt"
	"strings"
	"unicode"

	"wshd/plugins/wsh"
)

type token struct{ kind, text string }

func (t token) String() string { return t.kind + ":" + t.text }

func scan(s string) (tokens []token, err error) {
	rs := []rune(s)
next:
	for i := 0; i < len(rs); i++ {
		start := i
		switch c := rs[i]; {
		case unicode.IsSpace(c):
			continue
		case c == '#':
			break next
		case c == '"':
			for i++; i < len(rs); i++ {
				if rs[i] == '"' {
					tokens = append(tokens, token{"str", string(rs[start+1 : i])})
					continue next
				}
			}
			return nil, fmt.Errorf("unterminated string at %d", start)
		case unicode.IsLetter(c), unicode.IsDigit(c):
			kind := "id"
			if unicode.IsDigit(c) {
				kind = "num"
			}
			for i+1 < len(rs) && (unicode.IsLetter(rs[i+1]) || unicode.IsDigit(rs[i+1])) {
				i++
			}
			tokens = append(tokens, token{kind, string(rs[start : i+1])})
		default:
			tokens = append(tokens, token{"op", string(c)})
		}
	}
	return tokens, nil
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		tokens, err := scan(m.Text())
		if err != nil {
			return r.SendText(err.Error())
		}
		return r.SendText(strings.Trim(fmt.Sprint(tokens), "[]"))
	})
}
