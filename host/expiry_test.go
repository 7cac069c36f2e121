package host

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"wshd/host/door"
	"wshd/plugins/wsh"
)

// tokensFor are tokens that are signed by sign, and taken with a leeway of 30 seconds.
func tokensFor(t *testing.T, closes bool) (tokens *door.Tokens, sign func(name string, left time.Duration) string) {
	secret := strings.Repeat("s", 32)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := door.ReadKey(file)
	if err != nil {
		t.Fatal(err)
	}
	return &door.Tokens{Keys: []door.Key{k}, Close: closes}, func(name string, left time.Duration) string {
		exp := time.Now().Add(left - 30*time.Second)
		text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": name, "exp": float64(exp.UnixMilli()) / 1000}).SignedString([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
}

// renewing takes each message as a new token, and says what comes of it.
func renewing(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		err := r.Renew(m.Text())
		switch {
		case errors.Is(err, wsh.ErrBadOperation):
			return r.SendText("bad operation")
		case err != nil:
			return r.SendText(err.Error())
		}
		return r.SendText("renewed " + r.User.Name)
	})
}

func TestAConnectionEndsWithItsToken(t *testing.T) {
	tokens, sign := tokensFor(t, true)
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: renewing}}, Config{Rules: Rules{Door: door.Rules{Tokens: tokens}}})
	c := dial(t, h.addr)
	c.openedBy(head("/x", "Authorization: Bearer "+sign("ann", time.Second)))
	c.want(`C4401"token expired"`)
	c.sendClose(4401, "")
	c.want("EOF")
	h.log.wait(t, "connection closed", "code=4401")
}

func TestATokenIsRenewed(t *testing.T) {
	tokens, sign := tokensFor(t, true)
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: renewing}}, Config{Rules: Rules{Door: door.Rules{Tokens: tokens}}})
	c := dial(t, h.addr)
	start := time.Now()
	c.openedBy(head("/x", "Authorization: Bearer "+sign("ann", 1500*time.Millisecond)))
	for token, want := range map[string]string{
		"nonsense": "renew: token malformed", sign("bob", time.Hour): "bad operation", sign("ann", -time.Second): "renew: token expired",
	} {
		c.send(wsh.OpcodeText, token)
		c.want(`T"` + want + `"`)
	}
	c.send(wsh.OpcodeText, sign("ann", 3*time.Second))
	c.want(`T"renewed ann"`)
	c.want(`C4401"token expired"`)
	if d := time.Since(start); d < 2*time.Second {
		t.Errorf("closed after %v, when the first token ended", d)
	}
	c.sendClose(4401, "")
	c.want("EOF")
}

func TestWithoutExpiryATokenIsLookedAtOnce(t *testing.T) {
	tokens, sign := tokensFor(t, false)
	h := serve(t, handlers{"/x": {DoExtraHandshake: accept, TransferData: renewing}}, Config{Rules: Rules{Door: door.Rules{Tokens: tokens}}})
	c := dial(t, h.addr)
	c.openedBy(head("/x", "Authorization: Bearer "+sign("ann", time.Second)))
	c.send(wsh.OpcodeText, sign("ann", time.Hour))
	c.want(`T"bad operation"`)
	c.goodbye()
}
