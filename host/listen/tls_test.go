package listen

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{&x509.Certificate{
		Subject: pkix.Name{CommonName: "authority"}, SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, newKey(t)}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

// sign makes a certificate for a name.
func (a *authority) sign(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, SerialNumber: big.NewInt(2), NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// put replaces a file by another, as programs that renew certificates do.
func put(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file+".new", pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
}

func putPair(t *testing.T, names TLS, pair tls.Certificate) {
	t.Helper()
	put(t, names.Certificate, "CERTIFICATE", pair.Certificate[0])
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	put(t, names.Key, "PRIVATE KEY", der)
}

// meet has a client with a certificate shake hands, and returns the name in the host's, or the host's
// error.
func meet(t *testing.T, l *Listener, client tls.Certificate) (name string, err error) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			err = c.(*tls.Conn).Handshake()
			c.Close()
		}
		done <- err
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{client}})
	if err == nil {
		name = c.ConnectionState().PeerCertificates[0].Subject.CommonName
		c.Close()
	}
	return name, <-done
}

func TestTLSFilesAreReadAgainWhenTheyChange(t *testing.T) {
	dir := t.TempDir()
	names := TLS{Certificate: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem"), ClientCA: filepath.Join(dir, "ca.pem"), ClientAuth: "required"}
	first, second := newAuthority(t), newAuthority(t)
	alice, bob := first.sign(t, "alice"), second.sign(t, "bob")
	putPair(t, names, first.sign(t, "one"))
	put(t, names.ClientCA, "CERTIFICATE", first.cert.Raw)
	config, err := names.Config(func(key string) string { return key })
	if err != nil {
		t.Fatal(err)
	}
	ls, err := Open([]Address{{Network: "tcp", Name: "127.0.0.1:0"}}, []*tls.Config{config}, &Passed{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer Close(ls)
	want := func(host string, client tls.Certificate, ok bool) {
		t.Helper()
		name, err := meet(t, ls[0], client)
		if (err == nil) != ok || name != "" && name != host {
			t.Errorf("got %q, %v, want %q, ok %v", name, err, host, ok)
		}
	}
	want("one", alice, true)
	want("one", bob, false)
	putPair(t, names, first.sign(t, "two"))
	want("two", alice, true)
	put(t, names.ClientCA, "CERTIFICATE", second.cert.Raw)
	want("two", bob, true)
	want("two", alice, false)

	// Of what cannot be read the last good goes on.
	for _, file := range []string{names.Certificate, names.ClientCA} {
		put(t, file, "NONSENSE", nil)
	}
	want("two", bob, true)
	for _, file := range []string{names.Certificate, names.Key, names.ClientCA} {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	want("two", bob, true)
}

// swap gives a file another text, so that nobody sees by its size and time that it has changed.
func swap(t *testing.T, file string, text []byte) {
	t.Helper()
	was, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, bytes.Repeat([]byte("\n"), int(was.Size())-len(text))...)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, was.ModTime(), was.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// TestFilesThatCannotBeUsedAreNotReadAtEachHandshake: a second later, or when they have changed, they are.
func TestFilesThatCannotBeUsedAreNotReadAtEachHandshake(t *testing.T) {
	dir := t.TempDir()
	names := TLS{Certificate: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem"), ClientCA: filepath.Join(dir, "ca.pem")}
	now := time.Now()
	clock := func() time.Time { return now }
	a := newAuthority(t)
	putPair(t, names, a.sign(t, "one"))
	put(t, names.ClientCA, "CERTIFICATE", a.cert.Raw)
	pair := &certificate{cert: file{name: names.Certificate}, key: file{name: names.Key}, failed: failure{now: clock}}
	known := &authorities{file: file{name: names.ClientCA}, failed: failure{now: clock}}
	for _, tt := range []struct {
		name string
		file string
		read func() error
	}{{"certificate", names.Certificate, pair.read}, {"authorities", names.ClientCA, known.read}} {
		good, err := os.ReadFile(tt.file)
		if err != nil {
			t.Fatal(err)
		}
		broken := bytes.Repeat([]byte("x"), 2*len(good))
		if err := os.WriteFile(tt.file, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		first := tt.read()
		swap(t, tt.file, good)
		if err := tt.read(); err == nil || err != first {
			t.Errorf("%s: got %v at once, want %v", tt.name, err, first)
		}
		now = now.Add(retryTime)
		if err := tt.read(); err != nil {
			t.Errorf("%s: got %v later", tt.name, err)
		}
		if err := os.WriteFile(tt.file, append(broken, 'x'), 0o600); err != nil {
			t.Fatal(err)
		}
		if tt.read() == nil {
			t.Errorf("%s: what is broken is used", tt.name)
		}
		if err := os.WriteFile(tt.file, good, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := tt.read(); err != nil {
			t.Errorf("%s: got %v when it has changed", tt.name, err)
		}
	}
}

func TestTLSFilesThatAreNone(t *testing.T) {
	dir := t.TempDir()
	good := TLS{Certificate: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem"), ClientCA: filepath.Join(dir, "ca.pem"), ClientAuth: "optional"}
	a := newAuthority(t)
	putPair(t, good, a.sign(t, "one"))
	put(t, good.ClientCA, "CERTIFICATE", a.cert.Raw)
	for _, tt := range []struct {
		name   string
		change func(*TLS)
		want   string // "": no error
	}{
		{"good", func(*TLS) {}, ""},
		{"no certificate", func(n *TLS) { n.Certificate = "/nowhere" }, "certificate: certificate /nowhere: no such file or directory"},
		{"no key", func(n *TLS) { n.Key = "/nowhere" }, "certificate: key /nowhere: no such file or directory"},
		{"another key", func(n *TLS) { n.Key = n.ClientCA }, "certificate: certificate " + good.Certificate + " with key " + good.ClientCA + ": "},
		{"no authority", func(n *TLS) { n.ClientCA = "/nowhere" }, "client_ca: client authority /nowhere: no such file or directory"},
		{"a folder", func(n *TLS) { n.ClientCA = dir }, "client_ca: client authority " + dir + ": is a directory"},
		{"no certificate within", func(n *TLS) { n.ClientCA = n.Key }, "client_ca: " + good.Key + " holds no PEM certificate"},
		{"an authority that is not asked for", func(n *TLS) { n.ClientCA, n.ClientAuth = "/nowhere", "off" }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			names := good
			tt.change(&names)
			_, err := names.Config(func(key string) string { return key })
			if tt.want == "" != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}
