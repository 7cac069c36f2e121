//go:build ignore

// Feed sends what is posted to it: curl -d news http://localhost:9998/feed. Who comes back with the last id that
// it has seen, /feed?after=ID, is sent what it missed.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"wshd/plugins/wsh"
)

// DoExtraHandshake accepts everybody that config.yaml lets in.
func DoExtraHandshake(r *wsh.Request) error { return nil }

// TransferData has the client listen, until it closes. What it sends is passed over.
func TransferData(r *wsh.Request) error {
	_, err := r.JoinAfter("feed", r.URL.Query().Get("after"))
	if errors.Is(err, wsh.ErrForgotten) { // it was away for longer than the room remembers
		_, err = r.JoinLast("feed", 10)
	}
	if err != nil {
		return err
	}
	return r.Each(func(wsh.Message) error { return nil })
}

// RenderPublication is what a client is sent of what was published.
func RenderPublication(p wsh.Publication) wsh.Message {
	text, err := json.Marshal(map[string]string{"id": p.ID, "text": p.Message.Text()})
	if err != nil {
		return p.Message
	}
	return wsh.Text(string(text))
}

// ServeHTTP publishes what is posted. Anybody who reaches this path may do so: see auth in config.yaml.
func ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if q.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "post what is new, or connect with a WebSocket client", http.StatusMethodNotAllowed)
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, q.Body, 4096))
	if err == nil {
		err = wsh.Publish("feed", wsh.Text(string(text)))
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
