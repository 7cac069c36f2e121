package door

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestKeyFilesTellTheirAlgorithm(t *testing.T) {
	certificate := must(x509.CreateCertificate(rand.Reader,
		&x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now()}, &x509.Certificate{}, edKey.Public(), edKey))
	edPublic := pemOf("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(edKey.Public())))
	for _, tt := range []struct{ name, text, want string }{
		{"RSA", pemOf("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(rsaKey.Public()))), "RS256"},
		{"RSA, the old form", pemOf("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey)), "RS256"},
		{"Ed25519", edPublic, "EdDSA"},
		{"Ed25519 with a comment before", "made by me\n" + edPublic + "and after\n", "EdDSA"},
		{"certificate", pemOf("CERTIFICATE", certificate), "EdDSA"},
		{"secret", strings.Repeat("x", 32), "HS256"},
		{"secret on a line", strings.Repeat("x", 32) + "\r\n", "HS256"},
		{"binary secret", strings.Repeat("\x00\xff", 16), "HS256"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, err := ReadKey(writeFile(t, "key", tt.text))
			if err != nil || k.Algorithm() != tt.want {
				t.Errorf("got %v, %v, want %s", k.Algorithm(), err, tt.want)
			}
		})
	}
	k := must(parseKey([]byte(strings.Repeat("x", 32) + "\n")))
	if got := string(k.key.([]byte)); got != strings.Repeat("x", 32) {
		t.Errorf("the secret is %q", got)
	}
}

func TestKeyFileErrorsSayWhatToDoAndNoSecret(t *testing.T) {
	ecKey := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	t.Setenv("GODEBUG", "rsa1024min=0")
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	edDER := must(x509.MarshalPKIXPublicKey(edKey.Public()))
	edPEM := pemOf("PUBLIC KEY", edDER)
	for _, tt := range []struct{ name, text, want string }{
		{"empty", " \n", "it is empty"},
		{"short", "hunter2\n", "a secret of 7 bytes can be guessed (use 32 or more: openssl rand -hex 32)"},
		{"short but for its line end", strings.Repeat("x", 31) + "\n", "a secret of 31 bytes can be guessed"},
		{"JSON", `{"keys": [{"kty": "oct", "k": "hunter2hunter2hunter2hunter2"}]}`, "it is JSON"},
		{"DER", string(edDER), "it is DER"},
		{"ssh", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIhunter2hunter2hunter2 me@here", "it is a key of ssh"},
		{"private", pemOf("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(edKey))), "it is a private key"},
		{"private RSA", pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), "it is a private key"},
		{"several", edPEM + edPEM, "it holds several keys"},
		{"broken PEM", "-----BEGIN PUBLIC KEY-----\nhunter2\n", "its PEM is broken"},
		{"broken key", pemOf("PUBLIC KEY", []byte("hunter2")), "public key: asn1: "},
		{"broken certificate", pemOf("CERTIFICATE", []byte("hunter2")), "certificate: x509: "},
		{"a request", pemOf("CERTIFICATE REQUEST", nil), "CERTIFICATE REQUEST is no public key"},
		{"elliptic", pemOf("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(ecKey.Public()))), "neither an RSA nor an Ed25519 key"},
		{"small RSA", pemOf("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(small.Public()))), "an RSA key of less than 2048 bits"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := writeFile(t, "key", tt.text)
			_, err := ReadKey(file)
			if err == nil || !strings.HasPrefix(err.Error(), "key file "+file+": "+tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v tells the key", err)
			}
		})
	}
	if _, err := ReadKey("nowhere"); err == nil || err.Error() != "key file nowhere: no such file or directory" {
		t.Errorf("got %v", err)
	}
}
