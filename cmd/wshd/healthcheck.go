package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// healthcheck exits 0 if the wshd of this configuration answers HTTP requests, with whatever: a 401
// or a 404 is an answer.
func (p program) healthcheck(f flags) error {
	s, err := loadSettings(f, p.environ)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(s.Listen[0])
	if err != nil {
		return err
	}
	if port == "0" {
		return usageError(errors.New("port 0 is a different port each time"), "wshd healthcheck -p 9998")
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	if err := ask(ctx, s, net.JoinHostPort(host, port)); err != nil {
		return withHint(fmt.Errorf("no answer: %w", err), "is wshd running, and does it listen there?")
	}
	return nil
}

func ask(ctx context.Context, s *settings, address string) error {
	scheme := "http"
	// The certificate is for the name that clients use, not for this address.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	if s.TLS.Certificate != "" {
		scheme = "https"
	}
	if s.TLS.ClientAuth == "required" {
		return dial(ctx, address) // without a client certificate this is as far as one gets
	}
	defer transport.CloseIdleConnections()
	q, err := http.NewRequestWithContext(ctx, http.MethodHead, scheme+"://"+address+"/", nil)
	if err != nil {
		return err
	}
	answer, err := transport.RoundTrip(q)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode >= 500 {
		return fmt.Errorf("%s answers %s", address, answer.Status)
	}
	return nil
}

func dial(ctx context.Context, address string) error {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return c.Close()
}
