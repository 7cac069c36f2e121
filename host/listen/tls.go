package listen

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"wshd/plugins/wsh/regular"
)

// TLS names the files to speak TLS with. The zero value is not to.
type TLS struct {
	Certificate, Key string // PEM files, read again when they change
	ClientCA         string // PEM file with the authorities of client certificates
	ClientAuth       string // ask for client certificates: off (or ""), optional, required
	HTTP2            bool   // offer it, with WebSockets on its streams (RFC 8441)
}

// asks reports whether clients are asked for certificates.
func (t TLS) asks() bool { return t.ClientAuth != "" && t.ClientAuth != "off" }

func (t TLS) check() error {
	switch t.ClientAuth {
	case "", "off", "optional", "required":
	default:
		return fmt.Errorf("client_auth: %q is none of off, optional, required", t.ClientAuth)
	}
	switch {
	case (t.Certificate == "") != (t.Key == ""):
		return errors.New("a certificate and its key go together")
	case t.Certificate == "":
		return errors.New("no certificate and no key")
	case t.asks() && t.ClientCA == "":
		return errors.New("client_auth: whose client certificates? (client_ca is their authority's certificate)")
	}
	return nil
}

// Config reads the files. It is nil for the zero value. In errors key names what is wrong.
func (t TLS) Config(key func(string) string) (*tls.Config, error) {
	if t.Certificate == "" {
		return nil, nil
	}
	pair := &certificate{cert: file{name: t.Certificate}, key: file{name: t.Key}}
	if _, err := pair.get(nil); err != nil {
		return nil, fmt.Errorf("%s: %w", key("certificate"), err)
	}
	config := &tls.Config{
		GetCertificate: pair.get,
		NextProtos:     []string{"http/1.1"},
	}
	if t.HTTP2 {
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	if !t.asks() {
		return config, nil
	}
	known := &authorities{file: file{name: t.ClientCA}}
	if err := known.read(); err != nil {
		return nil, fmt.Errorf("%s: %w", key("client_ca"), err)
	}
	config.ClientCAs = known.pool
	config.ClientAuth = tls.RequireAndVerifyClientCert
	if t.ClientAuth == "optional" {
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	config.GetConfigForClient = known.renew(config)
	return config, nil
}

// file is one that is read again when it has changed.
type file struct {
	name string
	was  fs.FileInfo // when it was last read; nil: not yet
}

// stat tells what the file is now, and whether it is as when it was last read.
func (f *file) stat() (now fs.FileInfo, same bool, err error) {
	if now, err = os.Stat(f.name); err != nil {
		return nil, false, fmt.Errorf("%s: %w", f.name, cause(err))
	}
	return now, f.was != nil && sameState(now, f.was), nil
}

func sameState(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

// retryTime is how long files that could not be used are left alone, unless they change: each handshake looks at
// them, and a stranger may make as many as he likes.
const retryTime = time.Second

// failure is why files could not be used the last time. The zero value is that they could.
type failure struct {
	err   error
	files []fs.FileInfo
	at    time.Time
	now   func() time.Time // nil: time.Now
}

func (f *failure) time() time.Time {
	if f.now == nil {
		return time.Now()
	}
	return f.now()
}

// again is the error of the last time, if it is too early to try anew.
func (f *failure) again(files ...fs.FileInfo) error {
	if f.err == nil || f.time().Sub(f.at) >= retryTime || !slices.EqualFunc(files, f.files, sameState) {
		return nil
	}
	return f.err
}

// note remembers what has come of files, and returns it.
func (f *failure) note(err error, files ...fs.FileInfo) error {
	f.err, f.files, f.at = err, files, f.time()
	return err
}

// cause is err without the operation and the name of an *fs.PathError.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// certificate is a certificate with its key.
type certificate struct {
	mu        sync.Mutex
	cert, key file
	pair      *tls.Certificate
	failed    failure
}

// get returns the newest pair that could be read: while the files are being replaced and do not fit
// together, the one before.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.read()
	if c.pair != nil {
		err = nil
	}
	return c.pair, err
}

func (c *certificate) read() error {
	cert, sameCert, err := c.cert.stat()
	if err != nil {
		return fmt.Errorf("certificate %w", err)
	}
	key, sameKey, err := c.key.stat()
	if err != nil {
		return fmt.Errorf("key %w", err)
	}
	if sameCert && sameKey {
		return nil
	}
	if err := c.failed.again(cert, key); err != nil {
		return err
	}
	pair, err := loadPair(c.cert.name, c.key.name)
	if err != nil {
		return c.failed.note(fmt.Errorf("certificate %s with key %s: %w", c.cert.name, c.key.name, err), cert, key)
	}
	c.pair, c.cert.was, c.key.was = &pair, cert, key
	return nil
}

func loadPair(certificate, key string) (tls.Certificate, error) {
	var text [2][]byte
	for i, name := range []string{certificate, key} {
		var err error
		if text[i], err = regular.Read(name); err != nil {
			return tls.Certificate{}, err
		}
	}
	return tls.X509KeyPair(text[0], text[1])
}

// authorities are those who sign client certificates.
type authorities struct {
	mu   sync.Mutex
	file file
	pool *x509.CertPool

	failed failure

	times times // when clients with a certificate of theirs can come in
}

func (a *authorities) read() error {
	now, same, err := a.file.stat()
	if err != nil {
		return fmt.Errorf("client authority %w", err)
	}
	if same {
		return nil
	}
	if err := a.failed.again(now); err != nil {
		return err
	}
	text, err := regular.Read(a.file.name)
	if err != nil {
		return a.failed.note(fmt.Errorf("client authority %s: %w", a.file.name, cause(err)), now)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return a.failed.note(fmt.Errorf("%s holds no PEM certificate", a.file.name), now)
	}
	a.file.was, a.pool, a.times = now, pool, anyTimes(text)
	return nil
}

// renew gives connections the newest authorities that could be read.
func (a *authorities) renew(config *tls.Config) func(*tls.ClientHelloInfo) (*tls.Config, error) {
	return func(*tls.ClientHelloInfo) (*tls.Config, error) {
		a.mu.Lock()
		defer a.mu.Unlock()
		_ = a.read() // else those before go on
		if a.pool != config.ClientCAs {
			config = config.Clone()
			config.ClientCAs = a.pool
		}
		return config, nil
	}
}
