package nats

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

// TestFilesThatNeverEndAreRefused: a device, or a pipe, in place of a file.
func TestFilesThatNeverEndAreRefused(t *testing.T) {
	for key, c := range map[string]Config{
		"rooms.nats.credentials": {Credentials: "/dev/zero"}, "rooms.nats.ca": {CA: "/dev/zero"},
	} {
		c.Servers = []string{"nats://127.0.0.1:1"}
		_, what, err := (&Rooms{c: c}).options(nil)
		if what != key || err == nil || !strings.Contains(err.Error(), "it is a device, not a regular file") {
			t.Errorf("%s: got %q, %v", key, what, err)
		}
	}
}

func TestAuthoritiesAreReadWithAByteOrderMark(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	good := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	file := filepath.Join(t.TempDir(), "ca.pem")
	for _, tt := range []struct {
		text string
		ok   bool
	}{{good, true}, {"\ufeff" + good, true}, {"", false}, {"\ufeff" + good[1:], false}} {
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var o natsgo.Options
		err := authorities(file)(&o)
		if (err == nil) != tt.ok {
			t.Errorf("%.20q: got %v", tt.text, err)
		}
		if tt.ok && !o.Secure {
			t.Error("the connection is not to be TLS's")
		}
	}
}
