// Package door says whether a request may come in, before any script runs.
package door

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"wshd/host/limit"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// Rules are who may come in. The zero value lets in everybody but pages of other sites.
//
// They are gone through in this order: networks, credentials, origin, subprotocol. The first two
// hold for every request, the others for opening handshakes.
type Rules struct {
	Networks []netip.Prefix // the client's address is in one of them; none: it may be any

	// Basic and Tokens each let in who shows what they want. If both are nil nobody need show
	// anything.
	Basic  func(Guess) error
	Tokens *Tokens

	Origins []string // "default", "same", "*", "null" or origins; nil is default. See CheckOrigins.
	Local   bool     // every listener is on loopback, for the default of Origins
	Names   []string // that this host is known by, besides those of loopback

	Protocols []string // one of them is requested; none: none need be
}

// Refusal is why a request may not come in, and how to say so to the client.
type Refusal struct {
	Status int
	Reason string      // one of a few phrases, so that refusals can be counted by it
	Text   string      // for the client
	Header http.Header // for the client
	Hint   string      // for the log: how to let such requests in
	Key    string      // of the configuration, which refuses; "": none
	Of     string      // what was asked for, by which refusals for the same reason are told apart; "": nothing
	Usual  bool        // nothing is wrong: a browser asks for a password only when it is refused
}

// Check returns an error if the rules are not well-formed.
func (r *Rules) Check() error { return CheckOrigins(r.Origins) }

// Admit lets a request in, with the user it comes from if that is known, or says why not. A token
// among the requested subprotocols is taken out of q's header, for it is none.
func (r *Rules) Admit(q *http.Request) (*wsh.User, *Refusal) {
	if !r.allowsNetwork(q.RemoteAddr) {
		return nil, &Refusal{Status: http.StatusForbidden, Reason: "address not allowed",
			Text: "this address is not let in", Hint: "networks lists the addresses that are", Key: "networks"}
	}
	return r.identify(q)
}

// AdmitHandshake lets in an opening handshake that Admit has let in, or says why not.
func (r *Rules) AdmitHandshake(q *http.Request, from From, requested []string) *Refusal {
	if ok, strange := r.allowsOrigin(q, from); !ok {
		return r.refuseOrigin(q, strange)
	}
	if !r.allowsProtocols(requested) {
		return &Refusal{Status: http.StatusForbidden, Reason: "subprotocol not requested",
			Text: "a subprotocol must be requested here that the client did not", Hint: "protocols lists those of which one must be", Key: "protocols"}
	}
	return nil
}

// refuseOrigin says how such a page is let in.
func (r *Rules) refuseOrigin(q *http.Request, strange bool) *Refusal {
	origin := q.Header.Get("Origin")
	no := &Refusal{Status: http.StatusForbidden, Key: "origins", Of: origin}
	word := origin
	switch {
	case origin == "":
		no.Reason, no.Text = "no origin", "the handshake names no origin"
		no.Hint = "to let in clients that are no browsers, add default to origins"
		return no
	case strange:
		no.Reason, no.Text = "host not known", "this host is not known by the name that is asked for"
		no.Hint = "if a proxy asks, have it send X-Forwarded-For, or name it in trusted_proxies (--trusted-proxies 127.0.0.1); " +
			"if the name is to lead here without one, add the origin to origins: --origins " + r.withOrigin(origin)
		return no
	case origin == "file://":
		word = originNull
	}
	no.Reason, no.Text = "origin not allowed", "this origin is not let in: "+protocol.Shorten(origin)
	what := "it"
	if word == originNull {
		what = `"null"`
	}
	no.Hint = "to let it in, add " + what + " to origins in the config, or pass --origins " + r.withOrigin(word)
	return no
}

func (r *Rules) allowsProtocols(requested []string) bool {
	if len(r.Protocols) == 0 {
		return true
	}
	return slices.ContainsFunc(requested, func(p string) bool { return slices.Contains(r.Protocols, p) })
}

// CheckProtocols returns an error that names the first entry that no subprotocol can be.
func CheckProtocols(list []string) error {
	for _, p := range list {
		if !protocol.IsToken(p) {
			return fmt.Errorf("%q is no subprotocol (write a name without spaces: chat.v1)", p)
		}
		if strings.HasPrefix(p, protocol.TokenPrefix) {
			return fmt.Errorf("%q is a token's place, and no subprotocol", p)
		}
	}
	return nil
}

// identify asks for credentials. The answer to wrong ones tells no more than that they are.
func (r *Rules) identify(q *http.Request) (*wsh.User, *Refusal) {
	if r.Basic == nil && r.Tokens == nil {
		return nil, nil
	}
	var token string
	var err error
	if r.Tokens != nil {
		token, err = r.Tokens.take(q)
	}
	if len(q.Header.Values("Authorization")) > 1 {
		err = errAmbiguous
	}
	switch user, password, basic := q.BasicAuth(); {
	case err != nil:
		return nil, r.challenge(err)
	case basic && r.Basic != nil:
		err := r.Basic(Guess{q.Context(), limit.Client(q.RemoteAddr), user, password})
		if err == nil {
			return &wsh.User{Name: user}, nil
		}
		return nil, r.wrong(err)
	case token != "":
		u, err := r.Tokens.Verify(token)
		if err != nil {
			return nil, r.challenge(err)
		}
		return u, nil
	}
	return nil, r.challenge(errNone)
}

// The reasons that credentials are refused for. Those of tokens stand in bearer.go.
var (
	errNone      = errors.New("no credentials")
	errAmbiguous = errors.New("credentials given twice")
)

// wrong answers a password that is not let in.
func (r *Rules) wrong(err error) *Refusal {
	switch {
	case errors.Is(err, ErrBusy):
		return &Refusal{Status: http.StatusServiceUnavailable, Reason: err.Error(), Text: err.Error(),
			Header: http.Header{"Retry-After": {"10"}}, Hint: "somebody may be guessing: see remote"}
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Refusal{Status: http.StatusServiceUnavailable, Reason: "the client has gone", Text: "too late", Usual: true}
	}
	no := r.challenge(err)
	if errors.Is(err, ErrTooLong) {
		no.Text, no.Hint = "a password has at most 72 bytes here", "bcrypt heeds 72 bytes: give the user a shorter password"
	}
	return no
}

// challenge answers 401, and says what credentials would do (RFC 9110, section 11.6.1; RFC 6750,
// section 3).
func (r *Rules) challenge(err error) *Refusal {
	no := &Refusal{Status: http.StatusUnauthorized, Reason: err.Error(), Header: http.Header{}, Usual: err == errNone}
	switch {
	case err != errNone && err != ErrWrong:
		no.Text = err.Error()
	case r.Tokens == nil:
		no.Text = "a user name and password are needed"
	case r.Basic == nil:
		no.Text = "a token is needed"
	default:
		no.Text = "a user name and password, or a token, are needed"
	}
	if r.Basic != nil {
		no.Header.Add("WWW-Authenticate", `Basic realm="Pywebsocket"`) // the realm old clients know
	}
	if r.Tokens != nil {
		challenge := `Bearer realm="wshd"`
		if err != errNone && err != ErrWrong && err != ErrTooLong {
			challenge += `, error="invalid_token", error_description="` + err.Error() + `"`
		}
		no.Header.Add("WWW-Authenticate", challenge)
	}
	return no
}
