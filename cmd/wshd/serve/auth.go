package serve

import (
	"errors"
	"fmt"
	"strings"

	"wshd/cmd/wshd/config"
	"wshd/cmd/wshd/hint"
	"wshd/host/door"
)

// doorOf is what s means for who may come in.
func doorOf(s *config.Settings, files *door.PasswordFiles) (door.Rules, error) {
	r := door.Rules{Origins: s.Origins, Protocols: s.Protocols}
	var errs []error
	bad := func(key string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.Where(key), err))
		}
	}
	bad("origins", r.Check())
	if s.ValidationHost != "" {
		r.Names = []string{strings.Trim(s.ValidationHost, "[]")}
	}
	var err error
	r.Networks, err = door.ParseNetworks(s.Networks)
	bad("networks", err)
	bad("protocols", door.CheckProtocols(s.Protocols))
	r.Basic, err = passwordsOf(s, files)
	bad("auth.basic", err)
	r.Tokens, err = tokensOf(s)
	bad("auth.bearer.keys", err)
	for _, key := range []struct{ name, value string }{
		{"auth.bearer.audience", s.Auth.Bearer.Audience},
		{"auth.bearer.issuer", s.Auth.Bearer.Issuer},
		{"auth.bearer.cookie", s.Auth.Bearer.Cookie},
		{"auth.bearer.expiry", strings.TrimPrefix(s.Auth.Bearer.Expiry, "handshake")},
	} {
		if key.value != "" && len(s.Auth.Bearer.Keys) == 0 {
			bad(key.name, errors.New("without keys nobody is asked for a token (auth.bearer.keys)"))
		}
	}
	if cookie := s.Auth.Bearer.Cookie; cookie != "" && door.CheckProtocols([]string{cookie}) != nil {
		bad("auth.bearer.cookie", fmt.Errorf("%q is no name of a cookie", cookie))
	}
	return r, errors.Join(errs...)
}

// passwordsOf says whether a user and password may come in; nil: none are asked for.
func passwordsOf(s *config.Settings, files *door.PasswordFiles) (func(door.Guess) error, error) {
	if s.Credential != "" {
		user, password, _ := strings.Cut(s.Credential, ":")
		return door.OneUser(user, password), nil
	}
	if s.Auth.Basic == "" {
		return nil, nil
	}
	p, err := files.Read(s.Auth.Basic)
	switch {
	case errors.Is(err, door.ErrNoUsers):
		return nil, hint.With(err, "htpasswd -B "+s.Auth.Basic+" NAME adds one")
	case errors.Is(err, door.ErrOldHash):
		return nil, hint.With(err, "htpasswd -B makes such hashes; older kinds are too quick to guess")
	case err != nil:
		return nil, err
	}
	return p.Check, nil
}

// tokensOf are the tokens that may come in; nil: none are asked for.
func tokensOf(s *config.Settings) (*door.Tokens, error) {
	if len(s.Auth.Bearer.Keys) == 0 {
		return nil, nil
	}
	t := &door.Tokens{Audience: s.Auth.Bearer.Audience, Issuer: s.Auth.Bearer.Issuer, Cookie: s.Auth.Bearer.Cookie, Close: s.Auth.Bearer.Expiry == "close"}
	var errs []error
	for _, name := range s.Auth.Bearer.Keys {
		k, err := door.ReadKey(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		t.Keys = append(t.Keys, k)
	}
	return t, errors.Join(errs...)
}
