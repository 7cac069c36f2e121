package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/rogpeppe/go-internal/testscript"
)

// tokenCommand signs a token into a variable: token NAME KEYFILE [CLAIM=VALUE ...]. The key is an Ed25519
// private key in PEM, or a secret. exp is seconds from now.
func tokenCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: token NAME KEYFILE [CLAIM=VALUE ...]")
	}
	claims := jwt.MapClaims{}
	for _, a := range args[2:] {
		name, value, _ := strings.Cut(a, "=")
		claims[name] = value
		if name == "exp" {
			n, err := strconv.Atoi(value)
			ts.Check(err)
			claims[name] = time.Now().Add(time.Duration(n) * time.Second).Unix()
		}
	}
	var method jwt.SigningMethod = jwt.SigningMethodHS256
	text := []byte(ts.ReadFile(args[1]))
	var key any = bytes.TrimSpace(text)
	if block, _ := pem.Decode(text); block != nil {
		var err error
		method = jwt.SigningMethodEdDSA
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		ts.Check(err)
	}
	signed, err := jwt.NewWithClaims(method, claims).SignedString(key)
	ts.Check(err)
	ts.Setenv(args[0], signed)
}
