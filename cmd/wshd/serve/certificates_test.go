package serve

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// renew writes a certificate and its key to a folder.
func renew(t *testing.T, dir, name string, from, until time.Time) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(from.UnixNano()), NotBefore: from, NotAfter: until, IsCA: true, BasicConstraintsValid: true}
	cert, err := x509.CreateCertificate(nil, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(dir, name+".pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	replace(t, filepath.Join(dir, name+".key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}

// replace puts another file in the place of one, as who renews does.
func replace(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(name+".new", name); err != nil {
		t.Fatal(err)
	}
}

// TestCertificatesAreToldOf goes through the life of one, and of an authority of clients.
func TestCertificatesAreToldOf(t *testing.T) {
	const day = 24 * time.Hour
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	renew(t, dir, "cert", start.Add(-day), start.Add(90*day))
	renew(t, dir, "ca", start.Add(-day), start.Add(400*day))
	s, err := settingsOf(t, nil, "-c", in("cert.pem"), "-k", in("cert.key"), "--tls-client-auth", "--tls-client-ca", in("ca.pem"),
		"--listen", "localhost:1,localhost:2")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	c := watchCertificates(s, slog.New(slog.NewTextHandler(&b, nil)))
	garbage := func(name, text string) func() { return func() { replace(t, in(name), []byte(text)) } }
	for _, step := range []struct {
		name string
		do   func()
		at   time.Duration // since start
		want string        // the new lines; "": none
	}{
		{"at start", nil, 0, ""},
		{"30 days", nil, 60*day + 1, "msg=\"certificate ends soon\" reason=\"--tls-certificate: DIR/cert.pem ends at 2030-04-01 00:00 UTC\" dur=720h0m0s"},
		{"less", nil, 70 * day, ""},
		{"7 days", nil, 84 * day, "dur=144h0m0s"},
		{"1 day", nil, 89 * day, "dur=24h0m0s"},
		{"over", nil, 90 * day, "msg=\"certificate not valid\" reason=\"--tls-certificate: DIR/cert.pem expired at 2030-04-01 00:00 UTC\""},
		{"it stays so", nil, 91 * day, ""},
		{"half renewed", func() {
			key, _ := os.ReadFile(in("cert.key"))
			renew(t, dir, "cert", start, start.Add(180*day))
			replace(t, in("whole.key"), must(os.ReadFile(in("cert.key"))))
			replace(t, in("cert.key"), key)
		}, 91 * day, ""},
		{"the other half", func() { replace(t, in("cert.key"), must(os.ReadFile(in("whole.key")))) }, 91 * day,
			"level=INFO msg=\"certificate renewed\" reason=\"--tls-certificate: DIR/cert.pem ends at 2030-06-30"},
		{"broken", garbage("cert.pem", "x"), 92 * day, ""},
		{"still", nil, 92 * day, "level=WARN msg=\"certificate not renewed, the one before goes on\" reason=\"--tls-certificate: certificate DIR/cert.pem with key DIR/cert.key: tls: failed to find any PEM data"},
		{"and still", nil, 93 * day, ""},
		{"broken otherwise", garbage("cert.pem", "xy"), 93 * day, ""},
		{"which stays", nil, 93 * day, "certificate not renewed"},
		{"gone", func() { os.Remove(in("cert.pem")) }, 94 * day, ""},
		{"for good", nil, 94 * day, "no such file"},
		{"back", func() { renew(t, dir, "cert", start, start.Add(500*day)) }, 95 * day, "certificate renewed"},
		{"an authority that is broken", garbage("ca.pem", "x"), 96 * day, ""},
		{"stays so", nil, 96 * day, "certificate not renewed, the one before goes on\" reason=\"--tls-client-ca: DIR/ca.pem holds no PEM certificate"},
		{"and its end comes", nil, 394 * day, "DIR/ca.pem ends at 2031-02-05"},
		{"not yet valid", func() { renew(t, dir, "cert", start.Add(450*day), start.Add(600*day)) }, 395 * day, "msg=\"certificate not valid\" reason=\"--tls-certificate: DIR/cert.pem is not valid before"},
	} {
		if step.do != nil {
			step.do()
		}
		b.Reset()
		c.look(start.Add(step.at))
		got := strings.ReplaceAll(b.String(), dir, "DIR")
		if step.want == "" && got != "" || !strings.Contains(got, step.want) || strings.Count(got, "level=WARN") > 1 {
			t.Errorf("%s: got %s, want %s", step.name, got, step.want)
		}
	}
	if left := c.left(); len(left) != 2 || left[in("ca.pem")] < 100*day {
		t.Errorf("got %v", left)
	}
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}
