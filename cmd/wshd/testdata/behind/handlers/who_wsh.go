//go:build ignore

package main

import (
	"fmt"
	"net/http"

	"wshd/plugins/wsh"
)

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	if err := r.SendText(fmt.Sprintf("%s %s https=%v", r.RemoteAddr, r.Host, r.IsHTTPS())); err != nil {
		return err
	}
	_, err := r.ReceiveMessage()
	return err
}

func ServeHTTP(w http.ResponseWriter, q *http.Request) {
	fmt.Fprintf(w, "%s %s https=%v %s", q.RemoteAddr, q.Host, q.TLS != nil, q.RequestURI)
}
