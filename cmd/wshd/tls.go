package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// tlsConfig is how listeners speak TLS; nil if they do not.
func tlsConfig(s *settings) (*tls.Config, error) {
	if s.TLS.Certificate == "" {
		return nil, nil
	}
	pair := &certificate{certFile: s.TLS.Certificate, keyFile: s.TLS.Key}
	if _, err := pair.get(nil); err != nil {
		return nil, fmt.Errorf("%s: %w", s.where("tls.certificate"), err)
	}
	config := &tls.Config{
		GetCertificate: pair.get,
		NextProtos:     []string{"http/1.1"}, // a WebSocket handshake is HTTP/1.1
	}
	if s.TLS.ClientAuth == "off" {
		return config, nil
	}
	authorities, err := os.ReadFile(s.TLS.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("%s: client authority %s: %w", s.where("tls.client_ca"), s.TLS.ClientCA, cause(err))
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("%s: %s holds no PEM certificate", s.where("tls.client_ca"), s.TLS.ClientCA)
	}
	config.ClientAuth = tls.RequireAndVerifyClientCert
	if s.TLS.ClientAuth == "optional" {
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
