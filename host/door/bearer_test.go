package door

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"wshd/plugins/wsh/growth"
	"wshd/plugins/wsh/protocol"
)

var (
	noon    = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	secret  = []byte(strings.Repeat("s", minSecret))
	rsaKey  = must(rsa.GenerateKey(rand.Reader, 2048))
	edKey   = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	otherEd = ed25519.NewKeyFromSeed(slices.Repeat([]byte{1}, ed25519.SeedSize))
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// claims are those that let in; a change says what is otherwise, nil what is not there.
func claims(change map[string]any) jwt.MapClaims {
	c := jwt.MapClaims{"sub": "alice", "exp": noon.Add(time.Hour).Unix(), "aud": "chat", "iss": "https://id.example", "room": "lobby"}
	for k, v := range change {
		if c[k] = v; v == nil {
			delete(c, k)
		}
	}
	return c
}

func sign(method jwt.SigningMethod, key any, c jwt.MapClaims) string {
	return must(jwt.NewWithClaims(method, c).SignedString(key))
}

// respelled changes the bits of the last letter that base64 does not use.
func respelled(token string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(token) - 1
	return token[:last] + string(letters[strings.IndexByte(letters, token[last])^1])
}

func ours() *Tokens {
	return &Tokens{
		Keys:     []Key{must(parseKey(secret)), must(keyOf(rsaKey.Public())), must(keyOf(edKey.Public()))},
		Audience: "chat", Issuer: "https://id.example", Cookie: "session", Now: func() time.Time { return noon },
	}
}

type claim = map[string]any

func TestTokens(t *testing.T) {
	good := sign(jwt.SigningMethodEdDSA, edKey, claims(nil))
	part := strings.Split(good, ".")
	withHeader := func(header claim) string {
		token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims(nil))
		for k, v := range header {
			token.Header[k] = v
		}
		return must(token.SignedString(edKey))
	}
	ed := func(change claim) string { return sign(jwt.SigningMethodEdDSA, edKey, claims(change)) }
	for _, tt := range []struct {
		name, token string
		want        error
	}{
		{"HS256", sign(jwt.SigningMethodHS256, secret, claims(nil)), nil},
		{"RS256", sign(jwt.SigningMethodRS256, rsaKey, claims(nil)), nil},
		{"EdDSA", good, nil},
		{"several audiences", ed(claim{"aud": []string{"other", "chat"}}), nil},
		{"valid by now", ed(claim{"nbf": noon.Unix()}), nil},
		{"clocks differ a little", ed(claim{"exp": noon.Add(-29 * time.Second).Unix(), "nbf": noon.Add(29 * time.Second).Unix()}), nil},

		{"expired", ed(claim{"exp": noon.Add(-31 * time.Second).Unix()}), errExpired},
		{"never expires", ed(claim{"exp": nil}), errNoExpiry},
		{"expires at some time", ed(claim{"exp": "tomorrow"}), errMalformed},
		{"expires beyond all time", ed(claim{"exp": 1e18}), errMalformed},
		{"began before all time", ed(claim{"nbf": -1e300}), errMalformed},
		{"begins beyond all time", ed(claim{"nbf": 1e300}), errMalformed},
		{"begins in a far year", ed(claim{"nbf": 253402300800}), errEarly},
		{"was issued beyond all time", ed(claim{"iat": 1e300}), errMalformed},
		{"expires in the last year", ed(claim{"exp": 253402300799}), nil},
		{"not yet", ed(claim{"nbf": noon.Add(31 * time.Second).Unix()}), errEarly},
		{"another audience", ed(claim{"aud": "mail"}), errAudience},
		{"no audience", ed(claim{"aud": nil}), errAudience},
		{"audience of a wrong type", ed(claim{"aud": 7}), errAudience},
		{"another issuer", ed(claim{"iss": "https://evil.example"}), errIssuer},
		{"no issuer", ed(claim{"iss": nil}), errIssuer},
		{"subject of a wrong type", ed(claim{"sub": 7}), errMalformed},

		{"another key", sign(jwt.SigningMethodEdDSA, otherEd, claims(nil)), errSignature},
		{"no signature", sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil)), errSignature},
		{"the public key as a secret", sign(jwt.SigningMethodHS256, []byte(edKey.Public().(ed25519.PublicKey)), claims(nil)), errSignature},
		{"a stronger algorithm than the key's", sign(jwt.SigningMethodHS512, secret, claims(nil)), errSignature},
		{"RSA, padded otherwise", sign(jwt.SigningMethodPS256, rsaKey, claims(nil)), errSignature},
		{"an algorithm nobody knows", withHeader(claim{"alg": "ROT13"}), errSignature},
		{"an algorithm that is no name", withHeader(claim{"alg": 7}), errSignature},
		{"a critical extension", withHeader(claim{"crit": []string{"x"}}), errMalformed},
		{"claims of another", part[0] + "." + strings.Split(ed(claim{"sub": "root"}), ".")[1] + "." + part[2], errSignature},
		{"cut short", good[:len(good)-2], errSignature},
		{"signature cut off", part[0] + "." + part[1] + ".", errSignature},
		{"another spelling of the signature", respelled(good), errMalformed},
		{"two parts", part[0] + "." + part[1], errMalformed},
		{"four parts", good + ".x", errMalformed},
		{"five parts, as encrypted ones have", "a.b.c.d.e", errMalformed},
		{"empty parts", "..", errMalformed},
		{"empty", "", errMalformed},
		{"only dots", strings.Repeat(".", 60000), errMalformed},
		{"not base64", "{}.{}.{}", errMalformed},
		{"padded base64", part[0] + "==." + part[1] + "." + part[2], errMalformed},
		{"not JSON", "aGVsbG8.aGVsbG8.aGVsbG8", errMalformed},
		{"null", "bnVsbA.bnVsbA.bnVsbA", errSignature},
		{"a list of claims", part[0] + ".W10." + part[2], errMalformed},
		{"spaces", " " + good, errMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u, err := ours().Verify(tt.token)
			if err != tt.want { // constant errors, compared as such
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			if err == nil && (u.Name != "alice" || u.Claims["room"] != "lobby") {
				t.Errorf("got %+v", u)
			}
		})
	}
}

// TestTokensForSomebodyElse: without an audience of our own, a token that names one is not for us.
func TestTokensForSomebodyElse(t *testing.T) {
	tokens := ours()
	tokens.Audience, tokens.Issuer = "", ""
	for _, tt := range []struct {
		change claim
		want   error
	}{{claim{"aud": nil, "iss": nil}, nil}, {nil, errAudience}, {claim{"aud": nil}, nil}} {
		if _, err := tokens.Verify(sign(jwt.SigningMethodEdDSA, edKey, claims(tt.change))); err != tt.want {
			t.Errorf("%v: got %v, want %v", tt.change, err, tt.want)
		}
	}
}

func TestWhereTokensAreLookedFor(t *testing.T) {
	token := sign(jwt.SigningMethodEdDSA, edKey, claims(nil))
	for _, tt := range []struct {
		name      string
		headers   []string
		want      string // the reason
		protocols []string
	}{
		{"header", []string{"Authorization: Bearer " + token}, "", nil},
		{"header, in lower case", []string{"Authorization: bearer  " + token + " "}, "", nil},
		{"cookie", []string{"Cookie: a=b; session=" + token}, "", nil},
		{"subprotocol", []string{"Sec-WebSocket-Protocol: v2, bearer." + token + ", v1"}, "", []string{"v2, v1"}},
		{"subprotocol alone", []string{"Sec-WebSocket-Protocol: bearer." + token}, "", nil},
		{"subprotocols in two headers", []string{"Sec-WebSocket-Protocol: v2", "Sec-WebSocket-Protocol: bearer." + token}, "", []string{"v2"}},
		{"subprotocol before cookie", []string{"Sec-WebSocket-Protocol: bearer." + token, "Cookie: session=old"}, "", nil},
		{"header before cookie", []string{"Authorization: Bearer x", "Cookie: session=" + token}, "token malformed", nil},

		{"none", nil, "no credentials", nil},
		{"another cookie", []string{"Cookie: sessions=" + token}, "no credentials", nil},
		{"empty cookie", []string{"Cookie: session="}, "no credentials", nil},
		{"empty header", []string{"Authorization: Bearer "}, "token malformed", nil},
		{"scheme alone", []string{"Authorization: Bearer"}, "token malformed", nil},
		{"another scheme", []string{"Authorization: Digest " + token}, "no credentials", nil},
		{"a password", []string{"Authorization: Basic YWxpY2U6c2VjcmV0"}, "no credentials", nil},
		{"two headers", []string{"Authorization: Bearer " + token, "Authorization: Bearer " + token}, "credentials given twice", nil},
		{"two subprotocols", []string{"Sec-WebSocket-Protocol: bearer." + token + ", bearer." + token + ", v1"}, "credentials given twice", []string{" v1"}},
		{"header and subprotocol", []string{"Authorization: Bearer " + token, "Sec-WebSocket-Protocol: bearer." + token}, "token malformed", nil},
		{"empty subprotocol", []string{"Sec-WebSocket-Protocol: bearer.,v1"}, "token malformed", []string{"v1"}},
		{"capitals", []string{"Sec-WebSocket-Protocol: Bearer." + token}, "no credentials", []string{"Bearer." + token}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := request(tt.headers...)
			u, no := (&Rules{Tokens: ours()}).Admit(q)
			if no != nil && no.Reason != tt.want || no == nil && (tt.want != "" || u.Name != "alice") {
				t.Errorf("got %+v, %+v, want %q", u, no, tt.want)
			}
			if got := q.Header.Values("Sec-WebSocket-Protocol"); !reflect.DeepEqual(got, tt.protocols) {
				t.Errorf("subprotocols: got %q, want %q", got, tt.protocols)
			}
			if no != nil && strings.Contains(no.Text+no.Hint+no.Reason, token[:20]) {
				t.Errorf("%+v tells the token", no)
			}
		})
	}
}

func TestPasswordOrToken(t *testing.T) {
	r := &Rules{Tokens: ours(), Basic: OneUser("bob", "x")}
	token := sign(jwt.SigningMethodHS256, secret, claims(nil))
	for _, tt := range []struct{ header, want string }{
		{"Authorization: Bearer " + token, "alice"},
		{"Authorization: Basic Ym9iOng=", "bob"},
		{"Authorization: Basic YWxpY2U6eA==", "wrong user or password"},
		{"Cookie: session=" + token, "alice"},
	} {
		u, no := r.Admit(request(tt.header))
		if no != nil && no.Reason != tt.want || no == nil && u.Name != tt.want {
			t.Errorf("%s: got %+v, %+v, want %s", tt.header, u, no, tt.want)
		}
	}
}

// FuzzBearer throws headers at admission. Whatever they hold: nobody gets in who has no signature of
// ours, no token is left among the subprotocols, and the answer repeats none of it.
func FuzzBearer(f *testing.F) {
	good := sign(jwt.SigningMethodEdDSA, edKey, claims(nil))
	for _, seed := range [][3]string{
		{"Bearer " + good, "", ""}, {"", "v1, bearer." + good, ""}, {"", "", "session=" + good}, {"Bearer a.b.c", "bearer.", "session=;"},
		{"Bearer " + strings.Replace(good, ".", "..", 1), ",,bearer.x", `session="` + good + `"`}, {"Basic eA==", "\xff", "\x00=;;"},
		{"Bearer bnVsbA.bnVsbA.", "bearer.bnVsbA.bnVsbA.", "session=eyJhbGciOiJub25lIn0.e30."},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	rules := &Rules{Tokens: ours()}
	f.Fuzz(func(t *testing.T, authorization, protocols, cookie string) {
		q := &http.Request{RemoteAddr: "127.0.0.1:1", Header: http.Header{
			"Authorization": {authorization}, "Sec-Websocket-Protocol": {protocols}, "Cookie": {cookie}}}
		u, no := rules.Admit(q)
		if (u == nil) == (no == nil) {
			t.Fatalf("got %+v and %+v", u, no)
		}
		if u != nil && !strings.Contains(authorization+protocols+cookie, good[strings.LastIndex(good, "."):]) {
			t.Fatalf("%q was let in without our signature", u.Name)
		}
		if no != nil && no.Status != http.StatusUnauthorized {
			t.Fatalf("got %d", no.Status)
		}
		for _, value := range q.Header["Sec-Websocket-Protocol"] {
			for one := range strings.SplitSeq(value, ",") {
				if strings.HasPrefix(strings.Trim(one, " \t"), protocol.TokenPrefix) {
					t.Fatalf("%q is left of %q", value, protocols)
				}
			}
		}
	})
}

func BenchmarkTake(b *testing.B) {
	tokens := ours()
	tokens.Cookie = "session"
	for _, name := range []string{"Sec-Websocket-Protocol", "Cookie", "Authorization"} {
		b.Run(name, func(b *testing.B) {
			growth.Doubling(b, 1<<10, 1<<15, func(n int) func() {
				values := map[string]string{"Sec-Websocket-Protocol": strings.Repeat("a,", n/2) + "bearer.x",
					"Cookie": strings.Repeat("a=b; ", n/5) + "session=x", "Authorization": "Bearer " + strings.Repeat("a.", n/2)}
				return func() {
					q := &http.Request{Header: http.Header{name: {values[name]}}}
					token, err := tokens.take(q)
					if err == nil {
						_, err = tokens.Verify(token)
					}
					if err == nil {
						b.Fatal("let in")
					}
				}
			})
		})
	}
}
