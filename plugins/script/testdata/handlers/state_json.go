// > {"op":"add","n":%d}
// > {"op":"get"}
// < {"ok":true,"who":%d}
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"wshd/plugins/wsh"
)

type Op string

type request struct {
	Op Op  `json:"op"`
	N  int `json:"n,omitempty"`
}

type state struct {
	who   int
	count int
}

type unknown struct{ op Op }

func (u unknown) Error() string { return fmt.Sprintf("unknown op %q", u.op) }

func (s *state) do(q request) (any, error) {
	switch q.Op {
	case "add":
		s.count++
		if s.count > 1 && s.who != q.N {
			return nil, fmt.Errorf("mixed up: %d and %d", s.who, q.N)
		}
		s.who = q.N
		return nil, nil
	case "get":
		return struct {
			OK  bool `json:"ok"`
			Who int  `json:"who"`
		}{true, s.who}, nil
	}
	return nil, unknown{q.Op}
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) (err error) {
	defer func() {
		var u unknown
		if errors.As(err, &u) {
			err = &wsh.CloseError{Code: 4000, Reason: u.Error()}
		}
	}()
	s := &state{}
	return r.Each(func(m wsh.Message) error {
		var q request
		if err := json.Unmarshal(m.Data, &q); err != nil {
			return err
		}
		v, err := s.do(q)
		if err != nil || v == nil {
			return err
		}
		out, err := json.Marshal(v)
		if err != nil {
			return err
		}
		return r.SendMessage(wsh.Message{Data: out})
	})
}
