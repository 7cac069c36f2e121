// > issue user%d
// < valid: user%d
// > check forged.AAAA
// < bad signature
// > check nonsense
// < malformed
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"

	"wshd/plugins/wsh"
)

var key = []byte("a key for tests")

var (
	errMalformed = errors.New("malformed")
	errSignature = errors.New("bad signature")
)

type signer func(payload string) []byte

func newSigner(key []byte) signer {
	return func(payload string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(payload))
		return m.Sum(nil)
	}
}

func (s signer) issue(payload string) string {
	return payload + "." + base64.RawURLEncoding.EncodeToString(s(payload))
}

func (s signer) check(token string) (string, error) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 {
		return "", errMalformed
	}
	sum, err := base64.RawURLEncoding.DecodeString(token[i+1:])
	switch {
	case err != nil:
		return "", errors.Join(errMalformed, err)
	case !hmac.Equal(sum, s(token[:i])):
		return "", errSignature
	}
	return token[:i], nil
}

func DoExtraHandshake(r *wsh.Request) error {
	r.Data = newSigner(append(key, r.Resource...))
	return nil
}

func TransferData(r *wsh.Request) error {
	s, ok := r.Data.(signer)
	if !ok {
		return errors.New("no signer")
	}
	return r.Each(func(m wsh.Message) error {
		what, arg, _ := strings.Cut(m.Text(), " ")
		if what == "issue" {
			arg = s.issue(arg)
		}
		user, err := s.check(arg)
		if err != nil {
			return r.SendText(err.Error())
		}
		return r.SendText("valid: " + user)
	})
}
