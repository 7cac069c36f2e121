package door

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"wshd/plugins/wsh/regular"
)

// minSecret is the bytes that a secret for HS256 has at least (RFC 7518, section 3.2).
const minSecret = 32

// ReadKey reads a key that tokens are signed with. What it is says which algorithm it is for: a PEM
// file with a public key, or a certificate, is for RS256 or EdDSA; anything else is a secret for
// HS256, without the line end at its end.
func ReadKey(name string) (Key, error) {
	text, err := regular.Read(name)
	if err != nil {
		return Key{}, fmt.Errorf("key file %s: %w", name, cause(err))
	}
	k, err := parseKey(text)
	if err != nil {
		return Key{}, fmt.Errorf("key file %s: %w", name, err)
	}
	return k, nil
}

// parseKey's errors do not repeat the key.
func parseKey(text []byte) (Key, error) {
	if bytes.Contains(text, []byte("-----BEGIN")) {
		return parsePEM(text)
	}
	secret := bytes.TrimRight(text, "\r\n")
	trimmed := bytes.TrimSpace(text)
	switch {
	case len(trimmed) == 0:
		return Key{}, errors.New("it is empty")
	case trimmed[0] == '{' && json.Valid(trimmed):
		return Key{}, errors.New("it is JSON (give the public key as PEM, or the secret as it is)")
	case isDER(text):
		return Key{}, errors.New("it is DER (give the public key as PEM)")
	case bytes.HasPrefix(trimmed, []byte("ssh-")):
		return Key{}, errors.New("it is a key of ssh (ssh-keygen -e -m PKCS8 makes PEM of it)")
	case len(secret) < minSecret:
		return Key{}, fmt.Errorf("a secret of %d bytes can be guessed (use %d or more: openssl rand -hex 32)", len(secret), minSecret)
	}
	return Key{"HS256", secret}, nil
}

// isDER tells what would be secret to nobody: a public key in binary.
func isDER(text []byte) bool {
	_, errKey := x509.ParsePKIXPublicKey(text)
	_, errRSA := x509.ParsePKCS1PublicKey(text)
	_, errCertificate := x509.ParseCertificate(text)
	return errKey == nil || errRSA == nil || errCertificate == nil
}

func parsePEM(text []byte) (Key, error) {
	block, rest := pem.Decode(text)
	if block == nil {
		return Key{}, errors.New("its PEM is broken")
	}
	if next, _ := pem.Decode(rest); next != nil {
		return Key{}, errors.New("it holds several keys (give each a file)")
	}
	if strings.Contains(block.Type, "PRIVATE KEY") {
		return Key{}, errors.New("it is a private key, which only who signs needs (openssl pkey -pubout makes the public one)")
	}
	var public any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(block.Bytes); err == nil {
			public = c.PublicKey
		}
	default:
		return Key{}, fmt.Errorf("%s is no public key", block.Type)
	}
	if err != nil {
		return Key{}, fmt.Errorf("%s: %w", strings.ToLower(block.Type), err)
	}
	return keyOf(public)
}
