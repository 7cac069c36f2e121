package dial

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"wshd/cmd/wshd/hint"
	"wshd/plugins/wsh"
)

// connection is one whose opening handshake is over.
type connection struct {
	c       net.Conn
	r       *bufio.Reader
	deflate *deflate // nil: nothing is compressed
}

// maxRefusal bounds what is shown of an answer's body, in bytes.
const maxRefusal = 4096

// connect opens the connection and shakes hands.
func connect(c Config, s Streams) (*connection, error) {
	u, err := target(c.URL)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	conn, err := c.open(ctx, u)
	if err != nil {
		return nil, explained(err, u)
	}
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline) // which a connection that is open takes
	opened, err := c.shake(conn, u, s)
	if err != nil {
		conn.Close()
		return nil, err
	}
	_ = conn.SetDeadline(time.Time{})
	return opened, nil
}

// target understands an address as people write them: without a scheme, with http, with a port alone.
func target(address string) (*url.URL, error) {
	full := address
	switch {
	case strings.HasPrefix(full, ":"):
		full = "ws://localhost" + full
	case !strings.Contains(full, "://"):
		full = "ws://" + full
	}
	u, err := url.Parse(full)
	if err != nil {
		return nil, hint.Usage(fmt.Errorf("dial: %s is no address: %w", address, errors.Unwrap(err)), "wshd dial ws://localhost:9998/echo")
	}
	u.Scheme = map[string]string{"ws": "ws", "http": "ws", "wss": "wss", "https": "wss"}[strings.ToLower(u.Scheme)]
	if u.Scheme == "" || u.Host == "" {
		return nil, hint.Usage(fmt.Errorf("dial: %s is no WebSocket address", address), "wshd dial ws://localhost:9998/echo")
	}
	return u, nil
}

// open opens the connection below.
func (c Config) open(ctx context.Context, u *url.URL) (net.Conn, error) {
	network, address := "tcp", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), map[string]string{"ws": "80", "wss": "443"}[u.Scheme]))
	if c.Unix != "" {
		network, address = "unix", c.Unix
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil || u.Scheme == "ws" {
		return conn, err
	}
	conf := &tls.Config{ServerName: u.Hostname(), InsecureSkipVerify: c.Insecure, NextProtos: []string{"http/1.1"}}
	if err := c.certificates(conf); err != nil {
		conn.Close()
		return nil, err
	}
	secure := tls.Client(conn, conf)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}

func (c Config) certificates(conf *tls.Config) error {
	if c.CA != "" {
		text, err := os.ReadFile(c.CA)
		if err != nil {
			return err
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(text) {
			return fmt.Errorf("%s holds no certificate in PEM", c.CA)
		}
	}
	if c.Cert == "" && c.Key == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	conf.Certificates = []tls.Certificate{pair}
	return err
}

// explained says what to do about a connection that cannot be had.
func explained(err error, u *url.URL) error {
	var unknown *tls.CertificateVerificationError
	var plain tls.RecordHeaderError
	what := fmt.Errorf("dial %s: %w", u.Redacted(), err)
	switch {
	case errors.As(err, &unknown):
		return hint.With(what, "--ca FILE believes what that certificate has signed, --insecure anything")
	case errors.As(err, &plain):
		return hint.With(what, "there is no TLS at this port: ws:// instead of wss://")
	case errors.Is(err, syscall.ECONNREFUSED):
		return hint.With(what, "nobody listens there: is wshd running, and at this port?")
	}
	return what
}

// shake sends the request and reads the answer (RFC 6455, section 4.1).
func (c Config) shake(conn net.Conn, u *url.URL, s Streams) (*connection, error) {
	key := base64.StdEncoding.EncodeToString(random(16))
	request, err := c.request(u, key)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return nil, err
	}
	if c.Verbose {
		showHead(s.Err, "> ", request)
	}
	record := &recorder{Reader: conn, kept: new(bytes.Buffer)}
	opened := &connection{c: conn, r: bufio.NewReader(record)}
	answer, err := http.ReadResponse(opened.r, &http.Request{Method: http.MethodGet})
	if err != nil {
		return nil, hint.With(fmt.Errorf("no answer to the handshake: %w", err), "is this a WebSocket server? TLS needs wss://")
	}
	if c.Verbose {
		head, _, _ := strings.Cut(record.kept.String(), "\r\n\r\n")
		showHead(s.Err, "< ", head)
	}
	record.kept = nil
	if answer.StatusCode != http.StatusSwitchingProtocols {
		body, _ := io.ReadAll(io.LimitReader(answer.Body, maxRefusal)) // what there is of it
		fmt.Fprintf(s.Err, "refused: %s\n%s\n", shown(s.Err, answer.Status), shown(s.Err, strings.TrimSpace(string(body))))
		return nil, hint.Exit(1)
	}
	chosen, err := c.checkAnswer(answer, key)
	if err != nil {
		return nil, fmt.Errorf("the server's handshake is wrong: %w", err)
	}
	if extensions := strings.Join(answer.Header.Values("Sec-WebSocket-Extensions"), ", "); extensions != "" {
		if opened.deflate, err = agreed(c.Deflate, extensions); err != nil {
			return nil, fmt.Errorf("the server's handshake is wrong: %w", err)
		}
		chosen += ", " + extensions
	}
	fmt.Fprintf(s.Err, "connected to %s%s\n", u.Redacted(), shown(s.Err, chosen))
	return opened, nil
}

// request is the opening handshake's, as it goes out.
func (c Config) request(u *url.URL, key string) (string, error) {
	host := u.Host
	lines := []string{"Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: " + key, "Sec-WebSocket-Version: 13"}
	if c.Origin != "" {
		lines = append(lines, "Origin: "+c.Origin)
	}
	if len(c.Subprotocols) > 0 {
		lines = append(lines, "Sec-WebSocket-Protocol: "+strings.Join(c.Subprotocols, ", "))
	}
	if c.Deflate != "" {
		lines = append(lines, "Sec-WebSocket-Extensions: "+offer(c.Deflate))
	}
	if user := u.User; user != nil {
		password, _ := user.Password()
		lines = append(lines, "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	for _, h := range c.Headers {
		name, value, ok := strings.Cut(h, ":")
		if !ok || strings.ContainsAny(h, "\r\n") || strings.TrimSpace(name) == "" {
			return "", hint.Usage(fmt.Errorf("dial: %q is no header", h), `--header "Name: value"`)
		}
		name, value = textproto.TrimString(name), textproto.TrimString(value)
		if strings.EqualFold(name, "Host") {
			host = value
			continue
		}
		// What is given takes the place of what would be there, for who tests servers.
		lines = slices.DeleteFunc(lines, func(l string) bool {
			return len(l) > len(name) && l[len(name)] == ':' && strings.EqualFold(l[:len(name)], name) && !slices.Contains(c.Headers, l)
		})
		lines = append(lines, name+": "+value)
	}
	u.Fragment = ""
	return "GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + host + "\r\n" + strings.Join(lines, "\r\n") + "\r\n\r\n", nil
}

// checkAnswer holds a 101 to RFC 6455, section 4.1, and tells the subprotocol.
func (c Config) checkAnswer(answer *http.Response, key string) (chosen string, err error) {
	h := answer.Header
	switch {
	case !strings.EqualFold(h.Get("Upgrade"), "websocket"):
		return "", fmt.Errorf("the header Upgrade is %q, not websocket", h.Get("Upgrade"))
	case !slices.ContainsFunc(strings.Split(strings.Join(h.Values("Connection"), ","), ","), func(t string) bool {
		return strings.EqualFold(strings.TrimSpace(t), "upgrade")
	}):
		return "", fmt.Errorf("the header Connection is %q, without Upgrade", h.Get("Connection"))
	case h.Get("Sec-WebSocket-Accept") != wsh.AcceptKey(key) && !slices.ContainsFunc(c.Headers, func(s string) bool {
		return strings.HasPrefix(strings.ToLower(s), "sec-websocket-key:")
	}):
		return "", fmt.Errorf("the header Sec-WebSocket-Accept is %q, not %q", h.Get("Sec-WebSocket-Accept"), wsh.AcceptKey(key))
	}
	protocol := h.Get("Sec-WebSocket-Protocol")
	if protocol == "" {
		return "", nil
	}
	if !slices.Contains(c.Subprotocols, protocol) {
		return "", fmt.Errorf("the subprotocol %q was not requested", protocol)
	}
	return ", subprotocol " + protocol, nil
}

// recorder keeps what is read, as it came, as long as it has where.
type recorder struct {
	io.Reader
	kept *bytes.Buffer
}

// Read implements io.Reader.
func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.kept != nil {
		r.kept.Write(p[:n])
	}
	return n, err
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}
