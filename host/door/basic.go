package door

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/crypto/bcrypt"
)

// OneUser lets in one user, and compares in a time that tells nothing about either.
func OneUser(user, password string) func(user, password string) bool {
	wantUser, wantPassword := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	return func(user, password string) bool {
		u, p := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
		return subtle.ConstantTimeCompare(u[:], wantUser[:])&subtle.ConstantTimeCompare(p[:], wantPassword[:]) == 1
	}
}

// Passwords are the users of an htpasswd file.
type Passwords struct {
	hashes map[string][]byte
	nobody []byte // compared with for users who are not there, so that they take as long

	compare func(hash, password []byte) error // bcrypt's; tests count the calls

	// Who guesses passwords may take half of the processors, and leaves the others to those who are
	// in: known passwords wait for nobody.
	turns chan struct{}

	// bcrypt takes tens of milliseconds, on purpose. A password that it has found right is known
	// again by a keyed hash: one for each user, under a key that this process alone has.
	mu       sync.Mutex
	verified map[string][sha256.Size]byte
	key      []byte
}

// ReadPasswords reads a file as "htpasswd -B" writes it: user:hash on each line, with bcrypt hashes.
func ReadPasswords(name string) (*Passwords, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("password file %s: %w", name, cause(err))
	}
	p := &Passwords{hashes: map[string][]byte{}, verified: map[string][sha256.Size]byte{}, key: make([]byte, 32),
		compare: bcrypt.CompareHashAndPassword, turns: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2))}
	rand.Read(p.key) // never fails
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimRight(line, "\r")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := p.add(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
	}
	if p.nobody == nil {
		return nil, fmt.Errorf("password file %s: %w", name, ErrNoUsers)
	}
	return p, nil
}

// ErrNoUsers is the error for an htpasswd file without any, and ErrOldHash that for a hash that is
// too quick to guess.
var (
	ErrNoUsers = errors.New("no users, so nobody could come in")
	ErrOldHash = errors.New("the hash is not bcrypt's, which begins with $2y$")
)

// add takes one line. Its error does not repeat the line, which may hold a password.
func (p *Passwords) add(line string) error {
	user, hash, ok := strings.Cut(line, ":")
	if !ok || user == "" {
		return errors.New("no user:hash")
	}
	if p.hashes[user] != nil {
		return fmt.Errorf("user %q stands there twice", user)
	}
	if _, err := bcrypt.Cost([]byte(hash)); err != nil {
		return fmt.Errorf("user %q: %w", user, ErrOldHash)
	}
	p.hashes[user], p.nobody = []byte(hash), []byte(hash)
	return nil
}

// Allow reports whether a user and password may come in.
func (p *Passwords) Allow(user, password string) bool {
	hash, known := p.hashes[user]
	if !known {
		hash = p.nobody
	}
	sum := p.sum(user, password)
	p.mu.Lock()
	verified, again := p.verified[user]
	p.mu.Unlock()
	if again && subtle.ConstantTimeCompare(sum[:], verified[:]) == 1 {
		return true
	}
	p.turns <- struct{}{}
	err := p.compare(hash, []byte(password))
	<-p.turns
	if err != nil || !known {
		return false
	}
	p.mu.Lock()
	p.verified[user] = sum
	p.mu.Unlock()
	return true
}

func (p *Passwords) sum(user, password string) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, p.key)
	fmt.Fprintf(mac, "%d:%s%s", len(user), user, password)
	mac.Sum(sum[:0])
	return sum
}

// cause is err without the operation and the file that an *os.PathError names.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
