package listen

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// TLS names the files to speak TLS with. The zero value is not to.
type TLS struct {
	Certificate, Key string // PEM files, read again when they change
	ClientCA         string // PEM file with the authorities of client certificates
	ClientAuth       string // ask for client certificates: off (or ""), optional, required
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
	pair := &certificate{certFile: t.Certificate, keyFile: t.Key}
	if _, err := pair.get(nil); err != nil {
		return nil, fmt.Errorf("%s: %w", key("certificate"), err)
	}
	config := &tls.Config{
		GetCertificate: pair.get,
		NextProtos:     []string{"http/1.1"}, // a WebSocket handshake is HTTP/1.1
	}
	if !t.asks() {
		return config, nil
	}
	authorities, err := os.ReadFile(t.ClientCA)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return nil, fmt.Errorf("%s: client authority %s: %w", key("client_ca"), t.ClientCA, err)
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("%s: %s holds no PEM certificate", key("client_ca"), t.ClientCA)
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	if t.ClientAuth == "optional" {
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return config, nil
}

// certificate is a certificate with its key, read again when the files have changed.
type certificate struct {
	certFile, keyFile string

	mu   sync.Mutex
	pair *tls.Certificate
	cert time.Time // modified
	key  time.Time
}

// get returns the newest pair that could be read: while the files are being replaced and do not fit
// together, the one before.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cert, err1 := os.Stat(c.certFile)
	key, err2 := os.Stat(c.keyFile)
	if err := errors.Join(err1, err2); err != nil {
		return c.pair, c.orLast(err)
	}
	if c.pair != nil && cert.ModTime().Equal(c.cert) && key.ModTime().Equal(c.key) {
		return c.pair, nil
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return c.pair, c.orLast(fmt.Errorf("certificate %s with key %s: %w", c.certFile, c.keyFile, err))
	}
	c.pair, c.cert, c.key = &pair, cert.ModTime(), key.ModTime()
	return c.pair, nil
}

// orLast is err unless there is a pair to go on with.
func (c *certificate) orLast(err error) error {
	if c.pair != nil {
		return nil
	}
	return err
}
