package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/host/listen"
)

// healthcheck exits 0 if the wshd of this configuration answers HTTP requests, with whatever: a 401
// or a 404 is an answer. It asks the admin listener if there is one.
func (p program) healthcheck(f config.Flags) error {
	s, err := config.Load(f, p.environ)
	if err != nil {
		return err
	}
	addresses := s.Listen
	if s.Admin.Listen != "" {
		a, err := listen.Parse(s.Admin.Listen)
		if err != nil {
			return err // checked when the settings were loaded
		}
		addresses = []listen.Address{a}
	}
	a, err := askable(addresses)
	if err != nil {
		return err
	}
	secure := s.TLSOf(a)
	if s.Admin.Listen != "" {
		secure = listen.TLS{}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	if err := ask(ctx, a, secure); err != nil {
		return hint.With(fmt.Errorf("no answer: %w", err), "is wshd running, and does it listen there?")
	}
	return nil
}

// askable is the first of the addresses that can be asked, as it is asked: a host that means all addresses is
// localhost.
func askable(addresses []listen.Address) (listen.Address, error) {
	unknown := errors.New("no address to ask: which sockets systemd passes is not known here")
	for _, a := range addresses {
		if a.Network == "systemd" {
			continue
		}
		if a.Network == "unix" {
			return a, nil
		}
		host, port, err := net.SplitHostPort(a.Name)
		if err != nil || port == "0" {
			unknown = errors.New("port 0 is a different port each time")
			continue
		}
		if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
			a.Name = net.JoinHostPort("localhost", port)
		}
		return a, nil
	}
	return listen.Address{}, hint.Usage(unknown, "wshd healthcheck -p 9998")
}

func ask(ctx context.Context, a listen.Address, secure listen.TLS) error {
	scheme, host := "http", a.Name
	if secure.Certificate != "" {
		scheme = "https"
	}
	if a.Network == "unix" {
		host = "localhost"
	}
	if secure.ClientAuth == "required" {
		c, err := dialAddress(ctx, a) // without a client certificate this is as far as one gets
		if err != nil {
			return err
		}
		return c.Close()
	}
	transport := &http.Transport{
		// The certificate is for the name that clients use, not for this address.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext:     func(ctx context.Context, _, _ string) (net.Conn, error) { return dialAddress(ctx, a) },
	}
	defer transport.CloseIdleConnections()
	q, err := http.NewRequestWithContext(ctx, http.MethodHead, scheme+"://"+host+"/healthz", nil)
	if err != nil {
		return err
	}
	answer, err := transport.RoundTrip(q)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode >= 500 {
		return fmt.Errorf("%s answers %s", a, answer.Status)
	}
	return nil
}

func dialAddress(ctx context.Context, a listen.Address) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, a.Network, a.Name)
	if err == nil && a.ProxyProtocol {
		_, err = c.Write([]byte("PROXY UNKNOWN\r\n")) // as a proxy that asks for itself
	}
	return c, err
}
