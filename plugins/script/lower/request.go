package lower

import (
	"net/http"
	"reflect"

	"wshd/plugins/script/machine"
	"wshd/plugins/script/value"
)

// sends are the functions that read the headers of a request, their last argument, as long as they like.
var sends = map[string]bool{
	"(*net/http.Client).Do":             true,
	"(*net/http.Transport).RoundTrip":   true,
	"(net/http.RoundTripper).RoundTrip": true,
}

// sendsApart gives a function that sends a request one with headers of its own: the script may write its
// headers meanwhile. What is returned puts the script's request back, when the function has been called.
func (n *nativeCall) sendsApart(_ *machine.G, args []reflect.Value) (put func(out []reflect.Value)) {
	last := len(args) - 1
	q, _ := args[last].Interface().(*http.Request)
	if q == nil {
		return nil
	}
	sent := *q
	sent.Header = headerApart(q.Header)
	sent.Trailer = headerApart(q.Trailer)
	args[last] = reflect.ValueOf(&sent)
	return func(out []reflect.Value) {
		if resp, _ := out[0].Interface().(*http.Response); resp != nil && resp.Request == &sent {
			resp.Request = q
		}
		if cookies := sent.Header["Cookie"]; len(cookies) > 0 && q.Header != nil { // the client's own are among them
			lock := value.LockOf(reflect.ValueOf(q.Header).UnsafePointer())
			lock.Lock()
			defer lock.Unlock()
			q.Header["Cookie"] = cookies
		}
	}
}

func headerApart(h http.Header) http.Header {
	return value.Snapshot(reflect.ValueOf(h)).Interface().(http.Header)
}
