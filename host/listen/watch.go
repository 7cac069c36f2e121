package listen

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

// Watch checks a certificate that is served, or the authorities of client certificates, as the listeners do at
// each handshake, to warn when they cannot be used or are about to expire.
type Watch struct {
	File string // the certificate's, or that of the authorities

	files []string // of which another state is another change
	read  func() (times, error)
	last  times // of what was last read without an error
}

// times are when certificates begin and cease to be valid.
type times struct{ from, until time.Time }

// Sight is the result of a check.
type Sight struct {
	From, Until time.Time // when what is in use is valid; zero: nothing could be read yet
	Err         error     // why what the files hold now is not used
	State       string    // identifies the state of the files
}

// Watches are those of the files that t names.
func (t TLS) Watches() (list []*Watch) {
	if t.Certificate == "" {
		return nil
	}
	pair := &certificate{cert: file{name: t.Certificate}, key: file{name: t.Key}}
	list = append(list, &Watch{File: t.Certificate, files: []string{t.Certificate, t.Key}, read: func() (times, error) {
		if err := pair.read(); err != nil {
			return times{}, err
		}
		return chainTimes(pair.pair.Certificate), nil
	}})
	if t.asks() {
		known := &authorities{file: file{name: t.ClientCA}}
		list = append(list, &Watch{File: t.ClientCA, files: []string{t.ClientCA}, read: func() (times, error) {
			if err := known.read(); err != nil {
				return times{}, err
			}
			return known.times, nil
		}})
	}
	return list
}

// Look reads the files that have changed.
func (w *Watch) Look() Sight {
	s := Sight{State: w.state()}
	now, err := w.read()
	if err == nil {
		w.last = now
	}
	s.From, s.Until, s.Err = w.last.from, w.last.until, err
	return s
}

func (w *Watch) state() (state string) {
	for _, name := range w.files {
		info, err := os.Stat(name)
		if err != nil {
			state += err.Error() + "\n"
			continue
		}
		state += fmt.Sprintln(info.ModTime().UnixNano(), info.Size())
	}
	return state
}

// chainTimes are when all certificates of a chain are valid.
func chainTimes(chain [][]byte) (t times) {
	for i, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			continue // it was read before
		}
		if i == 0 || c.NotAfter.Before(t.until) {
			t.until = c.NotAfter
		}
		if i == 0 || c.NotBefore.After(t.from) {
			t.from = c.NotBefore
		}
	}
	return t
}

// anyTimes are when at least one of the certificates in PEM is valid: clients may come with either.
func anyTimes(text []byte) (t times) {
	for first := true; ; first = false {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return t
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue
		}
		if c.NotAfter.After(t.until) {
			t.until = c.NotAfter
		}
		if first || c.NotBefore.Before(t.from) {
			t.from = c.NotBefore
		}
	}
}
