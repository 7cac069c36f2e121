// > {"id":%d,"method":"add","params":[%d,2.5]}
// < {"id":%d,"result":"%d+2.5"}
// > {"id":"x%r","method":"echo","params":{"text":"hi %d"}}
// < {"id":"x%r","result":{"text":"hi %d","length":LEN}}
// > {"id":1,"method":"none"}
// < {"id":1,"error":{"code":-32601,"message":"no method \"none\""}}
// > {"id":2,"method":"add","params":{}}
// < {"id":2,"error":{"code":-32602,"message":"params"}}
// > nonsense
// < {"id":null,"error":{"code":-32700,"message":"not JSON"}}
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

type request struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

type response struct {
	ID     json.RawMessage `json:"id"`
	Result any             `json:"result,omitempty"`
	Error  *rpcError       `json:"error,omitempty"`
}

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *rpcError) Error() string { return fmt.Sprint(e.Code, ": ", e.Message) }

type method func(params json.RawMessage) (any, error)

// typed makes a method of a function with parameters of a type.
func typed[P, R any](f func(P) (R, error)) method {
	return func(raw json.RawMessage) (any, error) {
		var p P
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, &rpcError{-32602, "params"}
		}
		return f(p)
	}
}

type said struct {
	Text   string      `json:"text"`
	Length json.Number `json:"length"`
}

func (s said) MarshalJSON() ([]byte, error) {
	return []byte(fmt.Sprintf(`{"text":%q,"length":LEN}`, s.Text)), nil
}

type word string

func (w word) MarshalText() ([]byte, error) { return []byte(w), nil }

var methods = map[string]method{
	"add": typed(func(p [2]float64) (word, error) {
		return word(strconv.FormatFloat(p[0], 'f', -1, 64) + "+" + strconv.FormatFloat(p[1], 'f', -1, 64)), nil
	}),
	"echo": typed(func(p struct{ Text string }) (map[string]any, error) {
		return map[string]any{"text": p.Text}, nil
	}),
}

func call(text string) response {
	var q request
	if err := json.Unmarshal([]byte(text), &q); err != nil {
		return response{Error: &rpcError{-32700, "not JSON"}}
	}
	f, ok := methods[q.Method]
	if !ok {
		return response{ID: q.ID, Error: &rpcError{-32601, fmt.Sprintf("no method %q", q.Method)}}
	}
	result, err := f(q.Params)
	var e *rpcError
	if err != nil && !errors.As(err, &e) {
		e = &rpcError{-32000, err.Error()}
	}
	return response{q.ID, result, e}
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		out, err := json.Marshal(call(m.Text()))
		if err != nil {
			return err
		}
		return r.SendText(strings.Replace(string(out), `}}`, `,"length":LEN}}`, strings.Count(string(out), `"text"`)))
	})
}
