package door

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/bcrypt"
)

// The hashes are of "secret": one as htpasswd -B writes it, one as Go does.
const (
	hashOfSecret  = "$2y$04$RKx45Qy6.h3jTsc9vdDJU.ijs/FANTeFXJh5KjYGKZLwGAbC/T5om"
	hash2OfSecret = "$2a$04$RKx45Qy6.h3jTsc9vdDJU.ijs/FANTeFXJh5KjYGKZLwGAbC/T5om"
)

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// allow reports whether a user and password come in.
func (p *Passwords) allow(user, password string) bool { return p.Check(guess(user, password)) == nil }

func guess(user, password string) Guess {
	return Guess{Context: context.Background(), User: user, Password: password}
}

func TestPasswordFileLetsItsUsersIn(t *testing.T) {
	file := writeFile(t, "users", "# ours\r\nalice:"+hashOfSecret+"\r\n\nbob:"+hash2OfSecret)
	users, err := ReadPasswords(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		user, password string
		want           bool
	}{
		{"alice", "secret", true}, {"bob", "secret", true}, {"alice", "Secret", false}, {"alice", "", false},
		{"carol", "secret", false}, {"", "secret", false}, {"Alice", "secret", false},
	} {
		for _, time := range []string{"first", "second"} { // when what was found right is remembered
			if got := users.allow(tt.user, tt.password); got != tt.want {
				t.Errorf("%s:%s the %s time: got %v, want %v", tt.user, tt.password, time, got, tt.want)
			}
		}
	}
	if got := len(users.verified); got != 2 {
		t.Errorf("%d passwords are remembered, want one for each user", got)
	}
}

// counted has users say how often they hash.
func counted(users *Passwords) func(user, password string) int {
	n := 0
	compare := users.compare
	users.compare = func(hash, password []byte) error { n++; return compare(hash, password) }
	return func(user, password string) int {
		n = 0
		users.allow(user, password)
		return n
	}
}

func TestRightPasswordsAreHashedOnce(t *testing.T) {
	users, err := ReadPasswords(writeFile(t, "users", "alice:"+hashOfSecret))
	if err != nil {
		t.Fatal(err)
	}
	hashes := counted(users)
	for i, tt := range []struct {
		password string
		want     int
	}{{"wrong", 1}, {"wrong", 1}, {"secret", 1}, {"secret", 0}, {"secret", 0}, {"wrong", 1}, {"secret", 0}} {
		if got := hashes("alice", tt.password); got != tt.want {
			t.Errorf("%d: %s is hashed %d times, want %d", i, tt.password, got, tt.want)
		}
	}
	again, err := ReadPasswords(writeFile(t, "users", "alice:"+hashOfSecret))
	if err != nil {
		t.Fatal(err)
	}
	if users.sum("alice", "secret") == again.sum("alice", "secret") {
		t.Error("what is remembered has no key of its own")
	}
	if users.sum("a", "bc") == users.sum("ab", "c") {
		t.Error("user and password run into each other")
	}
}

func TestPasswordFileErrorsNameTheLineAndNoPassword(t *testing.T) {
	const old = `the hash is not bcrypt's, which begins with $2y$`
	for _, tt := range []struct{ name, text, want string }{
		{"plain", "a:" + hashOfSecret + "\nbob:hunter2\n", `:2: user "bob": ` + old},
		{"MD5", "bob:$apr1$abcdefgh$hunter2hunter2hunter2\n", `:1: user "bob": ` + old},
		{"SHA-1", "bob:{SHA}hunter2hunter2=\n", `:1: user "bob": ` + old},
		{"crypt", "bob:abhunter2xyz.\n", `:1: user "bob": ` + old},
		{"cut short", "bob:$2y$04$hunter2\n", `:1: user "bob": ` + old},
		{"too costly", "bob:$2y$18$RKx45Qy6.h3jTsc9vdDJU.ijs/FANTeFXJh5KjYGKZLwGAbC/T5om\n", `the cost of the hash is 18, and may be 17`},
		{"no colon", "hunter2\n", ":1: no user:hash"},
		{"no user", ":hunter2\n", ":1: no user:hash"},
		{"twice", "bob:" + hashOfSecret + "\nbob:" + hashOfSecret + "\n", `:2: user "bob" stands there twice`},
		{"empty", "# nobody\n", ": no users, so nobody could come in"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadPasswords(writeFile(t, "users", tt.text))
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v tells the password", err)
			}
		})
	}
}

func TestOneUserIsComparedWhole(t *testing.T) {
	allow := OneUser("user", "pass:word")
	for _, tt := range []struct {
		user, password string
		want           bool
	}{
		{"user", "pass:word", true}, {"user", "pass", false}, {"user:pass", "word", false}, {"", "", false}, {"user", "pass:word ", false},
	} {
		if got := allow(guess(tt.user, tt.password)) == nil; got != tt.want {
			t.Errorf("%s %s: got %v, want %v", tt.user, tt.password, got, tt.want)
		}
	}
}

// TestStrangersAreComparedToo: what a password is worth is found out at the same expense whether the
// user is there or not. bcrypt is all of that expense.
func TestStrangersAreComparedToo(t *testing.T) {
	users, err := ReadPasswords(writeFile(t, "users", "alice:"+hashOfSecret))
	if err != nil {
		t.Fatal(err)
	}
	hashes := counted(users)
	for _, user := range []string{"alice", "carol"} {
		if got := hashes(user, "wrong"); got != 1 {
			t.Errorf("%s: hashed %d times, want once", user, got)
		}
	}
}

// TestGuessersTakeTurns: half of the processors hash at a time, and a password that is known waits for
// none of that.
func TestGuessersTakeTurns(t *testing.T) {
	users, err := ReadPasswords(writeFile(t, "users", "alice:"+hashOfSecret))
	if err != nil {
		t.Fatal(err)
	}
	if !users.allow("alice", "secret") {
		t.Fatal("alice was not let in")
	}
	hashing, done := make(chan bool), make(chan bool)
	users.compare = func(_, _ []byte) error {
		hashing <- true
		<-done
		return ErrWrong
	}
	n := users.turns.free
	var guessers sync.WaitGroup
	for range 3 * n {
		guessers.Go(func() { users.allow("alice", "guess") })
	}
	for range n {
		<-hashing
	}
	if !users.allow("alice", "secret") {
		t.Error("alice was not let in again")
	}
	if users.turns.free != 0 {
		t.Errorf("%d turns are free, want none", users.turns.free)
	}
	for range 2 * n { // one goes, one comes
		select {
		case <-hashing:
			t.Fatal("more hash than may")
		default:
		}
		done <- true
		<-hashing
	}
	for range n {
		done <- true
	}
	guessers.Wait()
}

// Who sends a longer password would come in with any ending of it: bcrypt heeds 72 bytes.
func TestPasswordsOfMoreThan72BytesAreRefused(t *testing.T) {
	long := strings.Repeat("x", 72)
	hash, err := bcrypt.GenerateFromPassword([]byte(long), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	users, err := ReadPasswords(writeFile(t, "users", "alice:"+string(hash)))
	if err != nil {
		t.Fatal(err)
	}
	hashes := counted(users)
	for _, user := range []string{"alice", "carol"} {
		if n := hashes(user, long+"y"); n != 0 {
			t.Errorf("%s: hashed %d times, want none", user, n)
		}
		if err := users.Check(guess(user, long+"y")); !errors.Is(err, ErrTooLong) {
			t.Errorf("%s: got %v, want %v", user, err, ErrTooLong)
		}
	}
	if !users.allow("alice", long) {
		t.Error("72 bytes were not let in")
	}
	r := &Rules{Basic: users.Check}
	q := request()
	q.SetBasicAuth("alice", long+"y")
	if _, no := r.Admit(q); no == nil || no.Status != 401 || !strings.Contains(no.Text, "72") || !strings.Contains(no.Hint, "72") {
		t.Errorf("got %+v, want 401 that says 72", no)
	}
}

// TestUsersOfDifferentCostTakeAsLong adds up what bcrypt is asked to do: 2 to the power of the cost.
func TestUsersOfDifferentCostTakeAsLong(t *testing.T) {
	at := func(cost string) string { return strings.Replace(hashOfSecret, "$04$", "$"+cost+"$", 1) }
	users, err := ReadPasswords(writeFile(t, "users", "low:"+at("04")+"\nhigh:"+at("08")+"\nmiddle:"+at("06")))
	if err != nil {
		t.Fatal(err)
	}
	work := 0
	users.compare = func(hash, _ []byte) error {
		cost, err := bcrypt.Cost(hash)
		if err != nil {
			t.Error(err)
		}
		work += 1 << cost
		return ErrWrong
	}
	for _, user := range []string{"low", "high", "middle", "nobody"} {
		work = 0
		users.allow(user, "guess")
		if work != 1<<8 {
			t.Errorf("%s: got %d, want %d", user, work, 1<<8)
		}
	}
}
