package serve

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestBadInputNamesKeyAndLine: whatever stands in a configuration, or in a file that it names, and is
// malformed, is told at start by its key and line.
func TestBadInputNamesKeyAndLine(t *testing.T) {
	const bcrypt = "$2y$04$RKx45Qy6.h3jTsc9vdDJU.ijs/FANTeFXJh5KjYGKZLwGAbC/T5om"
	files := map[string]string{
		"empty": "", "text": "some text\n", "pem": "-----BEGIN CERTIFICATE-----\nxxxx\n-----END CERTIFICATE-----\n",
		"cut": "-----BEGIN CERTIFICATE-----\nMIIB", "key": "-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n",
		"nohash": "alice\n", "nouser": ":" + bcrypt + "\n", "md5": "alice:$apr1$xxxxxxxx$xxxxxxxxxxxxxxxxxxxxxx\n",
		"twice": "a:" + bcrypt + "\na:" + bcrypt + "\n", "binary": "\x00\x01\x02\n", "users": "alice:" + bcrypt + "\n",
		"utf16": "\xff\xfea\x00l\x00\n\x00",
	}
	for _, tt := range []struct{ name, text, want string }{
		{"origin without a scheme", `origins: [example.com]`, `1: origins: "example.com" is no origin: the scheme is missing [(]write https://example.com[)]`},
		{"origin with a path", `origins: ["https://example.com/"]`, `1: origins: "https://example.com/" is no origin: browsers send it without the slash at its end [(]write https://example.com[)]`},
		{"origin that is a page", `origins: ["https://example.com:8443/a?b"]`, `1: origins: "https://example.com:8443/a[?]b" is no origin: an origin is a scheme, a host and a port alone [(]write https://example.com:8443[)]`},
		{"origin with a * inside", `origins: ["https://a.*.example"]`, `1: origins: "https://a.\*.example": a \* stands for the first labels`},
		{"network of bad length", `networks: [10.0.0.0/64]`, `1: networks: "10.0.0.0/64" is no network`},
		{"network with host bits", `networks: ["2001:db8::1/32"]`, `1: networks: "2001:db8::1/32" is an address in a network`},
		{"network by name", `networks: [localhost]`, `1: networks: "localhost" is no network`},
		{"proxy by name", "drain: 1s\ntrusted_proxies: [nginx]", `2: trusted_proxies: .*"nginx"`},
		{"subprotocol", `protocols: ["chat v1"]`, `1: protocols: "chat v1" is no subprotocol`},
		{"token as a subprotocol", `protocols: [bearer.x]`, `1: protocols: "bearer.x" is a token's place`},
		{"pattern without a slash", "paths:\n  chat: {}", `2: paths: "chat" does not begin with /`},
		{"pattern with a star", "paths:\n  /chat/*: {}", `2: paths: "/chat/\*": a \* stands for nothing`},
		{"network for a path", "paths:\n  /chat:\n    networks: [10.0.0.0/8, x]", `3: paths: /chat: networks: "x" is no network`},
		{"key for a path", "paths:\n  /chat:\n    auth: {bearer: {keys: [text]}}", `3: paths: /chat: auth.bearer.keys: key file DIR/text: a secret of 9 bytes`},
		{"user for a path", "paths:\n  /chat:\n    auth: {basic: nohash}", `3: paths: /chat: auth.basic: DIR/nohash:1: no user:hash`},

		{"no such users", `auth: {basic: nowhere}`, `1: auth.basic: password file DIR/nowhere: no such file`},
		{"no users", `auth: {basic: empty}`, `1: auth.basic: password file DIR/empty: no users`},
		{"user without a hash", `auth: {basic: nohash}`, `1: auth.basic: DIR/nohash:1: no user:hash`},
		{"hash without a user", `auth: {basic: nouser}`, `1: auth.basic: DIR/nouser:1: no user:hash`},
		{"old hash", `auth: {basic: md5}`, `1: auth.basic: DIR/md5:1: user "alice": the hash is not bcrypt's`},
		{"user twice", `auth: {basic: twice}`, `1: auth.basic: DIR/twice:2: user "a" stands there twice`},
		{"users in binary", `auth: {basic: binary}`, `1: auth.basic: DIR/binary:1: no user:hash`},
		{"users in UTF-16", `auth: {basic: utf16}`, `1: auth.basic: password file DIR/utf16: it is UTF-16: save it as UTF-8`},
		{"key in UTF-16", `auth: {bearer: {keys: utf16}}`, `1: auth.bearer.keys: key file DIR/utf16: it is UTF-16`},
		{"certificate in UTF-16", `tls: {certificate: utf16, key: key}`, `1: tls.certificate: certificate DIR/utf16 .*it is UTF-16`},
		{"a folder of users", `auth: {basic: .}`, `1: auth.basic: password file DIR: is a directory`},

		{"no such key", `auth: {bearer: {keys: nowhere}}`, `1: auth.bearer.keys: key file DIR/nowhere: no such file`},
		{"empty key", `auth: {bearer: {keys: empty}}`, `1: auth.bearer.keys: key file DIR/empty: it is empty`},
		{"key cut short", `auth: {bearer: {keys: cut}}`, `1: auth.bearer.keys: key file DIR/cut: its PEM is broken`},
		{"key of nothing", `auth: {bearer: {keys: pem}}`, `1: auth.bearer.keys: key file DIR/pem: certificate: x509: malformed`},
		{"private key", `auth: {bearer: {keys: key}}`, `1: auth.bearer.keys: key file DIR/key: it is a private key`},
		{"issuer without keys", `auth: {bearer: {issuer: x}}`, `1: auth.bearer.issuer: without keys nobody is asked for a token`},

		{"no such certificate", `tls: {certificate: nowhere, key: key}`, `1: tls.certificate: .*DIR/nowhere: no such file`},
		{"empty certificate", `tls: {certificate: empty, key: key}`, `1: tls.certificate: certificate DIR/empty with key DIR/key: tls: failed to find any PEM data`},
		{"certificate of text", `tls: {certificate: text, key: key}`, `1: tls.certificate: certificate DIR/text with key DIR/key: tls: failed to find any PEM data`},
		{"certificate of nothing", `tls: {certificate: pem, key: key}`, `1: tls.certificate: certificate DIR/pem with key DIR/key: `},
		{"certificate that is a key", `tls: {certificate: key, key: key}`, `1: tls.certificate: certificate DIR/key with key DIR/key: tls: failed to find certificate PEM data`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			file := filepath.Join(dir, "config.yaml")
			if err := os.WriteFile(file, []byte(tt.text+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := settingsOf(t, nil, "--config", file)
			if err == nil {
				err = CheckFiles(s)
			}
			want := "^" + regexp.QuoteMeta(file) + ":" + strings.ReplaceAll(tt.want, "DIR", regexp.QuoteMeta(dir))
			if err == nil || !regexp.MustCompile(want).MatchString(err.Error()) {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// TestByteOrderMarksAreSkipped: before users, secrets, keys, certificates, maps and the configuration itself.
func TestByteOrderMarksAreSkipped(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"config.yaml": "auth: {basic: users, bearer: {keys: [secret, pub.pem]}}\ntls: {certificate: cert.pem, key: key.pem, client_ca: cert.pem, client_auth: optional}\n",
		"users":       "alice:$2y$04$RKx45Qy6.h3jTsc9vdDJU.ijs/FANTeFXJh5KjYGKZLwGAbC/T5om\n",
		"secret":      strings.Repeat("s", 32) + "\n",
		"map.txt":     "/talk /echo\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("\ufeff"+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	writeMarked(t, dir)
	s, err := settingsOf(t, nil, "--config", filepath.Join(dir, "config.yaml"), "-m", filepath.Join(dir, "map.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Mapped) != 1 || s.Mapped[0].Path != "/talk" || len(s.Unmapped) > 0 {
		t.Errorf("got the map %v, %v", s.Mapped, s.Unmapped)
	}
	if err := CheckFiles(s); err != nil {
		t.Error(err)
	}
	rules, _, err := allRules(s)
	if err != nil {
		t.Fatal(err)
	}
	if keys := rules.Door.Tokens.Keys; keys[0].Algorithm() != "HS256" || keys[1].Algorithm() != "EdDSA" {
		t.Errorf("got the keys %v", keys)
	}
}

// writeMarked writes a certificate, its key and its public key, each after a byte order mark.
func writeMarked(t *testing.T, dir string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(100 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true}
	cert, certErr := x509.CreateCertificate(nil, template, template, public, private)
	key, keyErr := x509.MarshalPKCS8PrivateKey(private)
	pub, pubErr := x509.MarshalPKIXPublicKey(public)
	if err := errors.Join(certErr, keyErr, pubErr); err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "PRIVATE KEY", Bytes: key}, "pub.pem": {Type: "PUBLIC KEY", Bytes: pub},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), append([]byte("\ufeff"), pem.EncodeToMemory(block)...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
