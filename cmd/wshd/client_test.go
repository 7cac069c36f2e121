package main

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"
	"github.com/rogpeppe/go-internal/testscript"
)

// options are what a client says beyond the address: -origin O, -protocol P, -header 'N: V',
// -cert NAME, -unix FILE instead of the address, -follow redirections, -first LINE before all else.
type options struct {
	header    http.Header
	protocols []string
	cert      string
	unix      string
	first     string
	deflate   bool
	ping      func() // is called for each ping; nil: nobody
	follow    bool
	post      *string // the body of a POST; nil: a GET
}

func clientOptions(ts *testscript.TestScript, args []string) (o options, rest []string) {
	o.header = http.Header{}
	for len(args) > 1 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-origin":
			o.header.Set("Origin", args[1])
		case "-header":
			name, value, _ := strings.Cut(args[1], ": ")
			o.header.Add(name, value)
		case "-protocol":
			o.protocols = append(o.protocols, args[1])
		case "-cert":
			o.cert = ts.MkAbs(args[1])
		case "-follow":
			o.follow, args = true, args[1:]
			continue
		case "-post":
			o.post = &args[1]
		case "-unix":
			o.unix = ts.MkAbs(args[1])
		case "-first":
			o.first = args[1] + "\r\n"
		default:
			ts.Fatalf("unknown option %s", args[0])
		}
		args = args[2:]
	}
	return o, args
}

// client is an HTTP client that trusts anybody: the certificates are the tests' own.
func (o options) client() (*http.Client, error) {
	config := &tls.Config{InsecureSkipVerify: true}
	if o.cert != "" {
		pair, err := tls.LoadX509KeyPair(o.cert+".pem", o.cert+".key")
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}
	transport.DialContext = o.connect
	client := &http.Client{Transport: transport}
	if !o.follow {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return client, nil
}

// connect opens the connection below.
func (o options) connect(ctx context.Context, network, address string) (net.Conn, error) {
	if o.unix != "" {
		network, address = "unix", o.unix
	}
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil && o.first != "" {
		_, err = io.WriteString(c, o.first)
	}
	return c, err
}

func (o options) dial(ctx context.Context, address string) (*websocket.Conn, *http.Response, error) {
	client, err := o.client()
	if err != nil {
		return nil, nil, err
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, nil, err
	}
	if u.User != nil {
		password, _ := u.User.Password()
		q := &http.Request{Header: o.header}
		q.SetBasicAuth(u.User.Username(), password)
		u.User = nil
	}
	dial := &websocket.DialOptions{Host: o.header.Get("Host"), HTTPClient: client, HTTPHeader: o.header, Subprotocols: o.protocols}
	if o.deflate {
		dial.CompressionMode = websocket.CompressionContextTakeover
	}
	if o.ping != nil {
		dial.OnPingReceived = func(context.Context, []byte) bool { o.ping(); return true }
	}
	return websocket.Dial(ctx, u.String(), dial)
}
