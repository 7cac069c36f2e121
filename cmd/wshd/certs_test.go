package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// certs makes certificates: ca.pem, and NAME.pem with NAME.key, signed by it, for each argument. One
// of NAME "expired" or "early" is, all others are valid now.
func certs(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! certs")
	}
	dir := ts.MkAbs(".")
	ca := &x509.Certificate{Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true}
	caKey, err := makeCert(dir, "ca", ca, ca, nil)
	ts.Check(err)
	for _, name := range args {
		cert := &x509.Certificate{
			Subject: pkix.Name{CommonName: name}, DNSNames: []string{"localhost"},
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
		_, err := makeCert(dir, name, cert, ca, caKey)
		ts.Check(err)
	}
}

// makeCert writes a certificate and its key; signer nil: signed by itself.
func makeCert(dir, name string, cert, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	if signer == nil {
		signer = key
	}
	cert.SerialNumber = big.NewInt(time.Now().UnixNano())
	now := time.Now()
	switch name {
	case "expired":
		now = now.Add(-2 * time.Hour)
	case "early":
		now = now.Add(2 * time.Hour)
	}
	cert.NotBefore, cert.NotAfter = now.Add(-time.Hour), now.Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := writePEM(filepath.Join(dir, name+".pem"), "CERTIFICATE", der); err != nil {
		return nil, err
	}
	return key, writePEM(filepath.Join(dir, name+".key"), "PRIVATE KEY", keyDER)
}

func writePEM(name, kind string, der []byte) error {
	return os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

// peerCommand connects by TLS and wants the server's certificate to have a name: peer NAME HOST:PORT.
func peerCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: peer NAME HOST:PORT")
	}
	c, err := tls.Dial("tcp", args[1], &tls.Config{InsecureSkipVerify: true})
	ts.Check(err)
	defer c.Close()
	if got := c.ConnectionState().PeerCertificates[0].Subject.CommonName; got != args[0] {
		ts.Fatalf("got the certificate of %s, want %s", got, args[0])
	}
}
