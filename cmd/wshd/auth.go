package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// basicAuth says whether a user and password may come in; nil: everybody may.
func basicAuth(s *settings) (func(user, password string) bool, error) {
	if s.credential != "" {
		user, password, _ := strings.Cut(s.credential, ":")
		return oneUser(user, password), nil
	}
	if s.Auth.Basic == "" {
		return nil, nil
	}
	users, err := readHtpasswd(s.Auth.Basic)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.where("auth.basic"), err)
	}
	return users.allow, nil
}

// oneUser compares in a time that tells nothing about either.
func oneUser(user, password string) func(user, password string) bool {
	wantUser, wantPassword := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
	return func(user, password string) bool {
		u, p := sha256.Sum256([]byte(user)), sha256.Sum256([]byte(password))
		return subtle.ConstantTimeCompare(u[:], wantUser[:])&subtle.ConstantTimeCompare(p[:], wantPassword[:]) == 1
	}
}

// htpasswd maps users to their bcrypt hashes.
type htpasswd struct {
	hashes map[string][]byte
	nobody []byte // compared with for users who are not there, so that they take as long
}

// readHtpasswd reads a file as "htpasswd -B" writes it: user:hash on each line.
func readHtpasswd(name string) (*htpasswd, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("password file %s: %w", name, cause(err))
	}
	users := &htpasswd{hashes: map[string][]byte{}}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimRight(line, "\r")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := users.add(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
	}
	if users.nobody == nil {
		return nil, withHint(fmt.Errorf("password file %s: no users, so nobody could come in", name),
			"htpasswd -B "+name+" NAME adds one")
	}
	return users, nil
}

// add takes one line. Its error does not repeat the line, which may hold a password.
func (h *htpasswd) add(line string) error {
	user, hash, ok := strings.Cut(line, ":")
	if !ok || user == "" {
		return errors.New("no user:hash")
	}
	if h.hashes[user] != nil {
		return fmt.Errorf("user %q stands there twice", user)
	}
	if _, err := bcrypt.Cost([]byte(hash)); err != nil {
		return withHint(fmt.Errorf("user %q: the hash is not bcrypt's, which begins with $2y$", user),
			"htpasswd -B makes such hashes; older kinds are too quick to guess")
	}
	h.hashes[user], h.nobody = []byte(hash), []byte(hash)
	return nil
}

func (h *htpasswd) allow(user, password string) bool {
	hash, known := h.hashes[user]
	if !known {
		hash = h.nobody
	}
	return bcrypt.CompareHashAndPassword(hash, []byte(password)) == nil && known
}
