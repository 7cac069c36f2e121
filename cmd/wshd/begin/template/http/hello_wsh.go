//go:build ignore

// Hello answers plain requests, http://localhost:9998/hello?name=Ann, and WebSocket clients at the same path.
package main

import (
	"fmt"
	"net/http"

	"wshd/plugins/wsh"
)

// DoExtraHandshake runs before a WebSocket is accepted; nil accepts it.
func DoExtraHandshake(r *wsh.Request) error { return nil }

// TransferData greets whoever the client names.
func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error { return r.SendText(greeting(m.Text())) })
}

// ServeHTTP answers a plain request for the same path, as in net/http.
func ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintln(w, greeting(q.FormValue("name")))
}

func greeting(name string) string {
	if name == "" {
		name = "whoever you are"
	}
	return "Hello, " + name
}
