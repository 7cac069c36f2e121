// > hello
// < login first
// > login user%d
// < welcome user%d
// > say hi %r
// < user%d says hi %r
// > logout
// < bye
package main

import (
	"strings"

	"wshd/plugins/wsh"
)

type session struct {
	r    *wsh.Request
	user string
}

type state func(s *session, word, rest string) (state, string)

func outside(s *session, word, rest string) (state, string) {
	if word != "login" || rest == "" {
		return outside, "login first"
	}
	s.user = rest
	return inside, "welcome " + rest
}

func inside(s *session, word, rest string) (state, string) {
	switch word {
	case "say":
		return inside, s.user + " says " + rest
	case "logout":
		*s = session{r: s.r}
		return outside, "bye"
	}
	return inside, "what?"
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	s := &session{r: r}
	now := state(outside)
	for {
		m, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		word, rest, _ := strings.Cut(m.Text(), " ")
		var answer string
		now, answer = now(s, word, rest)
		if err := s.r.SendText(answer); err != nil {
			return err
		}
	}
}
