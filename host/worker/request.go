package worker

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"wshd/plugins/wsh"
)

// appendRequest writes a handshake as a host has read it.
func appendRequest(w *writer, r *wsh.Request) {
	w.text(r.Method).text(r.Resource).text(r.Proto).text(r.Host).text(r.Origin).text(r.URL.String()).text(r.RemoteAddr)
	w.num(uint64(r.Version)).texts(r.RequestedProtocols)
	w.num(uint64(len(r.Header)))
	for name, values := range r.Header {
		w.text(name).texts(values)
	}
	w.num(uint64(len(r.RequestedExtensions)))
	for _, e := range r.RequestedExtensions {
		w.text(e.Name).num(uint64(len(e.Params)))
		for _, p := range e.Params {
			w.text(p.Name).text(p.Value)
		}
	}
	user := ""
	if r.User != nil {
		text, err := json.Marshal(r.User)
		if err == nil { // claims were JSON before
			user = string(text)
		}
	}
	w.text(user)
	values := url.Values{} // which takes any bytes
	for name, value := range r.PathValues() {
		values.Set(name, value)
	}
	w.text(values.Encode())
}

// readRequest reads it.
func readRequest(r *reader) (*wsh.Request, error) {
	q := &wsh.Request{Method: r.text(), Resource: r.text(), Proto: r.text(), Host: r.text(), Origin: r.text(), Header: http.Header{}}
	u, err := url.Parse(r.text())
	if err != nil {
		return nil, err
	}
	q.URL, q.RemoteAddr, q.Version, q.RequestedProtocols = u, r.text(), int(r.num()), r.texts()
	if len(q.RequestedProtocols) == 0 {
		q.RequestedProtocols = nil
	}
	for n := r.num(); n > 0 && r.err == nil; n-- {
		name := r.text()
		q.Header[name] = r.texts()
	}
	for n := r.num(); n > 0 && r.err == nil; n-- {
		e := wsh.Extension{Name: r.text()}
		for n := r.num(); n > 0 && r.err == nil; n-- {
			e.Params = append(e.Params, wsh.ExtensionParam{Name: r.text(), Value: r.text()})
		}
		q.RequestedExtensions = append(q.RequestedExtensions, e)
	}
	if user := r.text(); user != "" {
		q.User = new(wsh.User)
		if err := json.Unmarshal([]byte(user), q.User); err != nil {
			return nil, err
		}
	}
	values, err := url.ParseQuery(r.text())
	for name := range values {
		q.SetPathValue(name, values.Get(name))
	}
	return q, errors.Join(r.err, err)
}
