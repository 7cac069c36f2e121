package door

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
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
			if got := users.Allow(tt.user, tt.password); got != tt.want {
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
		users.Allow(user, password)
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
		if got := allow(tt.user, tt.password); got != tt.want {
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
	if !users.Allow("alice", "secret") {
		t.Fatal("alice was not let in")
	}
	hashing, done := make(chan bool), make(chan bool)
	users.compare = func(_, _ []byte) error {
		hashing <- true
		<-done
		return errPassword
	}
	n := cap(users.turns)
	var guessers sync.WaitGroup
	for range 3 * n {
		guessers.Go(func() { users.Allow("alice", "guess") })
	}
	for range n {
		<-hashing
	}
	if !users.Allow("alice", "secret") {
		t.Error("alice was not let in again")
	}
	if len(users.turns) != n {
		t.Errorf("%d hash, want %d", len(users.turns), n)
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
