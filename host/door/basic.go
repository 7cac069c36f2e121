package door

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/bcrypt"

	"wshd/plugins/wsh/regular"
)

// Guess is a user and password that a client has sent.
type Guess struct {
	Context        context.Context // of the request: what has ended is not looked at
	Client         netip.Prefix    // who waits in one queue; see limit.Client
	User, Password string
}

// The errors of what looks at a Guess, besides ErrBusy and that of its context.
var (
	ErrWrong   = errors.New("wrong user or password")
	ErrTooLong = errors.New("password of more than 72 bytes")
)

// maxPassword is how many bytes bcrypt heeds. It would take any ending of a longer one for the right one.
const maxPassword = 72

// OneUser lets in one user, and compares in a time that tells nothing about either.
func OneUser(user, password string) func(Guess) error {
	wantUser, wantPassword := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	return func(g Guess) error {
		u, p := sha256.Sum256([]byte(g.User)), sha256.Sum256([]byte(g.Password))
		if subtle.ConstantTimeCompare(u[:], wantUser[:])&subtle.ConstantTimeCompare(p[:], wantPassword[:]) == 1 {
			return nil
		}
		return ErrWrong
	}
}

// Passwords are the users of an htpasswd file.
type Passwords struct {
	hashes map[string][]byte
	nobody []byte // compared with for users who are not there
	cost   int    // the greatest of all users: every guess costs as much

	compare func(hash, password []byte) error // bcrypt's; tests count the calls

	// Who guesses passwords may take half of the processors, and leaves the others to those who are
	// in: known passwords wait for nobody.
	turns *turns

	// bcrypt takes tens of milliseconds, on purpose. A password that it has found right is known
	// again by a keyed hash: one for each user, under a key that this process alone has.
	mu       sync.Mutex
	verified map[string][sha256.Size]byte
	key      []byte
}

// PasswordFiles reads password files, each once. The guesses at all of them take the same turns. The zero
// value is ready for use, by one goroutine.
type PasswordFiles struct {
	turns *turns
	read  map[string]*Passwords
}

// Read is ReadPasswords, unless the file has been read.
func (f *PasswordFiles) Read(name string) (*Passwords, error) {
	if p := f.read[name]; p != nil {
		return p, nil
	}
	p, err := ReadPasswords(name)
	if err != nil {
		return nil, err
	}
	if f.read == nil {
		f.turns, f.read = p.turns, map[string]*Passwords{}
	}
	p.turns, f.read[name] = f.turns, p
	return p, nil
}

// ReadPasswords reads a file as "htpasswd -B" writes it: user:hash on each line, with bcrypt hashes.
func ReadPasswords(name string) (*Passwords, error) {
	text, err := regular.Read(name)
	if err != nil {
		return nil, fmt.Errorf("password file %s: %w", name, cause(err))
	}
	p := &Passwords{hashes: map[string][]byte{}, verified: map[string][sha256.Size]byte{}, key: make([]byte, 32),
		compare: bcrypt.CompareHashAndPassword, turns: &turns{free: max(1, runtime.GOMAXPROCS(0)/2)}}
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
	cost, err := bcrypt.Cost([]byte(hash))
	switch {
	case err != nil:
		return fmt.Errorf("user %q: %w", user, ErrOldHash)
	case cost > maxCost:
		return fmt.Errorf("user %q: each guess would take minutes: the cost of the hash is %d, and may be %d", user, cost, maxCost)
	}
	p.cost = max(p.cost, cost)
	p.hashes[user], p.nobody = []byte(hash), []byte(hash)
	return nil
}

// maxCost is the greatest that htpasswd makes. It takes seconds.
const maxCost = 17

// Check returns nil if a guess is right, and else why it is not let in: one of the errors above.
func (p *Passwords) Check(g Guess) error {
	if len(g.Password) > maxPassword {
		return ErrTooLong
	}
	hash, known := p.hashes[g.User]
	if !known {
		hash = p.nobody
	}
	sum := p.sum(g.User, g.Password)
	p.mu.Lock()
	verified, again := p.verified[g.User]
	p.mu.Unlock()
	if again && subtle.ConstantTimeCompare(sum[:], verified[:]) == 1 {
		return nil
	}
	if err := p.turns.take(g.Context, g.Client); err != nil {
		return err
	}
	defer p.turns.give()
	err := p.compare(hash, []byte(g.Password))
	p.takeAsLong(hash, []byte(g.Password))
	if err != nil || !known {
		return ErrWrong
	}
	p.mu.Lock()
	p.verified[g.User] = sum
	p.mu.Unlock()
	return nil
}

// takeAsLong compares with hashes of nobody what is missing to the cost of the costliest user, or one could
// tell by the time who is there. Each cost is twice the one before: of 5, 5, 6 and 7 make 8.
func (p *Passwords) takeAsLong(hash, password []byte) {
	cost, err := bcrypt.Cost(hash)
	if err != nil {
		return // add has seen it
	}
	for ; cost < p.cost; cost++ {
		other := slices.Clone(hash) // $2y$05$ and so on
		copy(other[4:6], fmt.Sprintf("%02d", cost))
		_ = p.compare(other, password) // it is the time that counts
	}
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
