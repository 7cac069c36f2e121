package worker

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"
	"syscall"

	"wshd/host/session"
	"wshd/plugins/wsh"
)

// Plain requests pass through as HTTP, on connections that are descriptors of their own. These headers tell
// what HTTP has no place for.
const (
	headerRemote = "Wshd-Remote-Addr"
	headerUser   = "Wshd-User"
	headerValues = "Wshd-Path-Values"
)

// requests serves those that come to a handler's process. It is a net.Listener.
type requests struct {
	conns chan net.Conn
}

func newRequests(h *wsh.Handler) *requests {
	q := &requests{conns: make(chan net.Conn)}
	if h.ServeHTTP != nil {
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serveHTTP(h, w, r) })}
		go server.Serve(q)
	}
	return q
}

func serveHTTP(h *wsh.Handler, w http.ResponseWriter, r *http.Request) {
	r.RemoteAddr = r.Header.Get(headerRemote)
	if text := r.Header.Get(headerUser); text != "" {
		u := new(wsh.User)
		if json.Unmarshal([]byte(text), u) == nil {
			r = wsh.WithUser(r, u)
		}
	}
	values, _ := url.ParseQuery(r.Header.Get(headerValues)) // of the host
	for name := range values {
		r.SetPathValue(name, values.Get(name))
	}
	r.Header.Del(headerRemote)
	r.Header.Del(headerUser)
	r.Header.Del(headerValues)
	if err := session.ServeHTTP(h, w, r); err != nil {
		os.Stderr.WriteString("ServeHTTP: " + err.Error() + "\n")
	}
}

func (q *requests) add(fd int) {
	if nc, err := connOf(fd); err == nil {
		q.conns <- nc
	}
}

// Accept, Close and Addr implement net.Listener.
func (q *requests) Accept() (net.Conn, error) { return <-q.conns, nil }
func (q *requests) Close() error              { return nil }
func (q *requests) Addr() net.Addr            { return &net.UnixAddr{Name: "host", Net: "unix"} }

// proxy passes plain requests on to the process that run names at the time.
func (p *Process) proxy() *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		FlushInterval: -1, // an answer that comes in pieces goes on in pieces
		Rewrite: func(q *httputil.ProxyRequest) {
			q.Out.URL.Scheme, q.Out.URL.Host = "http", "handler"
			q.Out.Host = q.In.Host
			for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
				if v := q.In.Header.Values(name); v != nil {
					q.Out.Header[name] = v // Rewrite is given them taken away
				}
			}
			q.Out.Header.Set(headerRemote, q.In.RemoteAddr)
			q.Out.Header.Del(headerUser)
			values := url.Values{}
			for name, value := range session.PathValues(q.In) {
				values.Set(name, value)
			}
			q.Out.Header.Set(headerValues, values.Encode())
			if u := wsh.UserOf(q.In); u != nil {
				if text, err := json.Marshal(u); err == nil {
					q.Out.Header.Set(headerUser, string(text))
				}
			}
		},
		Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return p.dial() }, DisableCompression: true},
		ErrorHandler: func(w http.ResponseWriter, q *http.Request, err error) {
			if q.Context().Err() == nil {
				p.c.Log.Error("pass a request to the handler's process", "script", p.c.Script, "resource", q.URL.Path, "err", err)
			}
			w.Header().Set("Retry-After", "1")
			http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		},
	}
}

// dial makes a connection to the process on which plain requests can go.
func (p *Process) dial() (net.Conn, error) {
	r := p.running()
	if r == nil {
		return nil, errDown
	}
	here, there, err := pipe()
	if err != nil {
		return nil, err
	}
	defer there.Close()
	if err := r.control.send(write(kindHTTP), int(there.Fd()), handWait); err != nil {
		here.Close()
		return nil, errors.Join(errDown, err)
	}
	return here, nil
}

// pipe is a pair of stream sockets.
func pipe() (net.Conn, *os.File, error) {
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	there := os.NewFile(uintptr(fds[1]), "there")
	here, err := connOf(fds[0])
	if err != nil {
		there.Close()
		return nil, nil, err
	}
	return here, there, nil
}

// pump carries bytes between a connection whose keys stay here, such as TLS, and one that can be handed over.
func pump(a, b net.Conn, ended func()) {
	var both sync.WaitGroup
	copyTo := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // what breaks one breaks the other
		if half, ok := to.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
		}
	}
	both.Go(func() { copyTo(a, b) })
	both.Go(func() { copyTo(b, a) })
	both.Wait()
	a.Close()
	b.Close()
	ended()
}
