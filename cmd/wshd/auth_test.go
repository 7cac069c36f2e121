package main

import (
	"strings"
	"testing"
)

// The hashes are of "secret": one as htpasswd -B writes it, one as Go does.
const (
	hashOfSecret  = "$2y$04$RKx45Qy6.h3jTsc9vdDJU.ijs/FANTeFXJh5KjYGKZLwGAbC/T5om"
	hash2OfSecret = "$2a$04$RKx45Qy6.h3jTsc9vdDJU.ijs/FANTeFXJh5KjYGKZLwGAbC/T5om"
)

func TestPasswordFileLetsItsUsersIn(t *testing.T) {
	file := writeFile(t, "users", "# ours\r\nalice:"+hashOfSecret+"\r\n\nbob:"+hash2OfSecret)
	users, err := readHtpasswd(file)
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
		if got := users.allow(tt.user, tt.password); got != tt.want {
			t.Errorf("%s:%s: got %v, want %v", tt.user, tt.password, got, tt.want)
		}
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
			_, err := readHtpasswd(writeFile(t, "users", tt.text))
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
	allow := oneUser("user", "pass:word")
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
// user is there or not. bcrypt is all of that expense, and its tables are what is allocated.
func TestStrangersAreComparedToo(t *testing.T) {
	users, err := readHtpasswd(writeFile(t, "users", "alice:"+hashOfSecret))
	if err != nil {
		t.Fatal(err)
	}
	cost := func(user string) float64 {
		return testing.AllocsPerRun(3, func() { users.allow(user, "wrong") })
	}
	if known, stranger := cost("alice"), cost("carol"); known < 8 || stranger < known-2 {
		t.Errorf("%v allocations for a stranger, %v for a user", stranger, known)
	}
}
