package door

import (
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/protocol"
)

// leeway is by how much the clocks of who issues tokens and of this machine may differ.
const leeway = 30 * time.Second

// Tokens are the JSON Web Tokens that let in: signed with one of the keys, not expired, and meant
// for us.
type Tokens struct {
	Keys     []Key
	Audience string           // which a token must name; "": it must name none
	Issuer   string           // which a token must name; "": it may be any
	Cookie   string           // the cookie that may hold a token; "": none
	Close    bool             // a connection ends with the token that it was let in with, unless another is shown
	Now      func() time.Time // nil: time.Now
}

// The reasons that tokens are refused for. They hold nothing of the token.
var (
	errMalformed = errors.New("token malformed")
	errExpired   = errors.New("token expired")
	errEarly     = errors.New("token not valid yet")
	errAudience  = errors.New("token for another audience")
	errIssuer    = errors.New("token of another issuer")
	errNoExpiry  = errors.New("token without expiry")
	errSignature = errors.New("token signed with no key of ours")
)

// take finds the token that came with a request: in the Authorization header, among the requested
// subprotocols, or in the cookie; "" if there is none. It removes that from the subprotocols, so
// that it can be neither chosen nor shown.
func (t *Tokens) take(q *http.Request) (token string, err error) {
	offered, err := takeProtocol(q.Header)
	if err != nil {
		return "", err
	}
	scheme, credentials, _ := strings.Cut(q.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		if token = strings.Trim(credentials, " "); token == "" || offered != "" {
			return "", errMalformed
		}
		return token, nil
	}
	if offered != "" || t.Cookie == "" {
		return offered, nil
	}
	if c, err := q.Cookie(t.Cookie); err == nil {
		return c.Value, nil
	}
	return "", nil
}

// takeProtocol removes the token from the requested subprotocols.
func takeProtocol(h http.Header) (token string, err error) {
	const name = "Sec-Websocket-Protocol"
	var rest []string
	for _, value := range h[name] {
		for one := range strings.SplitSeq(value, ",") {
			found, ok := strings.CutPrefix(strings.Trim(one, " \t"), protocol.TokenPrefix)
			switch {
			case !ok:
				rest = append(rest, one)
			case token != "":
				err = errAmbiguous
			case found == "":
				err = errMalformed
			default:
				token = found
			}
		}
	}
	if token == "" && err == nil {
		return "", nil
	}
	delete(h, name)
	if rest != nil {
		h[name] = []string{strings.Join(rest, ",")}
	}
	return token, err
}

// Verify returns the user that a token names: its subject, with all its claims.
func (t *Tokens) Verify(token string) (*wsh.User, error) {
	claims := jwt.MapClaims{}
	options := []jwt.ParserOption{jwt.WithExpirationRequired(), jwt.WithLeeway(leeway), jwt.WithStrictDecoding(), jwt.WithTimeFunc(t.Now)}
	if t.Audience != "" {
		options = append(options, jwt.WithAudience(t.Audience))
	}
	if t.Issuer != "" {
		options = append(options, jwt.WithIssuer(t.Issuer))
	}
	if _, err := jwt.NewParser(options...).ParseWithClaims(token, claims, t.keysFor); err != nil {
		return nil, reasonOf(err)
	}
	if !inTime(claims) {
		return nil, errMalformed
	}
	// RFC 7519, section 4.1.3: a token that is meant for somebody, who is not us, must be rejected.
	if t.Audience == "" && claims["aud"] != nil {
		return nil, errAudience
	}
	name, err := claims.GetSubject()
	if err != nil {
		return nil, errMalformed
	}
	return &wsh.User{Name: name, Claims: claims}, nil
}

// Ends is when the token that u was let in with is no longer taken; false: u has shown none.
func (t *Tokens) Ends(u *wsh.User) (time.Time, bool) {
	if u == nil || u.Claims == nil {
		return time.Time{}, false
	}
	exp, err := jwt.MapClaims(u.Claims).GetExpirationTime()
	if err != nil || exp == nil {
		return time.Time{}, false
	}
	return exp.Add(leeway), true
}

// lastTime is the end of the year 9999. Far beyond it seconds run over, and what comes late seems to be early.
const lastTime = 253402300799

// inTime reports whether a token's times are such as time has.
func inTime(claims jwt.MapClaims) bool {
	for _, name := range []string{"exp", "nbf", "iat"} {
		if seconds, ok := claims[name].(float64); ok && !(seconds >= 0 && seconds <= lastTime) {
			return false
		}
	}
	return true
}

// keysFor is the keys that may have signed a token: those whose algorithm it names. A key is never
// used with another algorithm than its own, or one could sign with the public key that everybody
// has, as if it were a secret.
func (t *Tokens) keysFor(token *jwt.Token) (any, error) {
	// RFC 7515, section 4.1.11: critical extensions must be understood, and we know none.
	if _, critical := token.Header["crit"]; critical {
		return nil, errMalformed
	}
	var set jwt.VerificationKeySet
	for _, k := range t.Keys {
		if k.algorithm == token.Method.Alg() {
			set.Keys = append(set.Keys, k.key)
		}
	}
	if set.Keys == nil {
		return nil, errSignature
	}
	return set, nil
}

// reasonOf gives an error of the parser, which may quote the token, one of our constant phrases.
// What the signature does not vouch for is not worth another.
func reasonOf(err error) error {
	for _, r := range []struct{ is, reason error }{
		{errMalformed, errMalformed},
		{errSignature, errSignature},
		{jwt.ErrTokenSignatureInvalid, errSignature},
		{jwt.ErrTokenExpired, errExpired},
		{jwt.ErrTokenNotValidYet, errEarly},
		{jwt.ErrTokenInvalidAudience, errAudience},
		{jwt.ErrTokenInvalidIssuer, errIssuer},
	} {
		if errors.Is(err, r.is) {
			return r.reason
		}
	}
	if errors.Is(err, jwt.ErrTokenUnverifiable) {
		return errSignature // an algorithm that nobody knows
	}
	return missing(err)
}

// missing tells which claim a token lacks.
func missing(err error) error {
	if !errors.Is(err, jwt.ErrTokenRequiredClaimMissing) {
		return errMalformed // or a claim of the wrong type
	}
	switch text := err.Error(); {
	case strings.Contains(text, "exp claim"):
		return errNoExpiry
	case strings.Contains(text, "aud claim"):
		return errAudience
	}
	return errIssuer
}

// Key is a key that tokens are signed with, and the one algorithm it is used with.
type Key struct {
	algorithm string
	key       any // []byte, *rsa.PublicKey or ed25519.PublicKey
}

// Algorithm is HS256, RS256 or EdDSA.
func (k Key) Algorithm() string { return k.algorithm }

func keyOf(public any) (Key, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < 2048 {
			return Key{}, errors.New("an RSA key of less than 2048 bits can be broken (RFC 7518, section 3.3)")
		}
		return Key{"RS256", k}, nil
	case ed25519.PublicKey:
		return Key{"EdDSA", k}, nil
	}
	return Key{}, errors.New("neither an RSA nor an Ed25519 key (RS256, EdDSA and HS256 are understood)")
}
