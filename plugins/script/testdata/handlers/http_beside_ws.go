// > put k%d v%r
// < stored
// GET /h/k%d -> 200 {"key":"k%d","value":"v%r"}
// GET /h/none -> 404 no such key
// DELETE /h/k%d -> 405 Method Not Allowed
package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"wshd/plugins/wsh"
)

type store struct {
	mu sync.RWMutex
	m  map[string]string
}

var kv = &store{m: map[string]string{}}

type pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.PathValue("key")
	s.mu.RLock()
	v, ok := s.m[key]
	s.mu.RUnlock()
	if !ok {
		http.Error(w, "no such key", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(pair{key, v})
}

var mux = func() *http.ServeMux {
	m := http.NewServeMux()
	m.Handle("GET /h/{key}", kv)
	return m
}()

func ServeHTTP(w http.ResponseWriter, r *http.Request) { mux.ServeHTTP(w, r) }

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		f := strings.Fields(m.Text())
		kv.mu.Lock()
		kv.m[f[1]] = f[2]
		kv.mu.Unlock()
		return r.SendText("stored")
	})
}
