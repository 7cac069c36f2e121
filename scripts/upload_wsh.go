//go:build ignore

// Upload takes a file in pieces and tells how far it is. Say the size first, in text, as a decimal
// number of bytes; then send the file as binary messages, as many and as large as you like up to the
// host's message size. After each piece comes
//
//	{"received":65536,"size":1000000}
//
// and after the last one also "sha256", by which the client can tell that everything arrived; then
// the next size may follow. Nothing is stored: a handler of your own would do that where this one
// only computes the sum.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strconv"

	"wshd/plugins/wsh"
)

// progress is what the client receives.
type progress struct {
	Received int64  `json:"received"`
	Size     int64  `json:"size"`
	SHA256   string `json:"sha256,omitempty"`
}

var (
	errSize  = errors.New("say the size in bytes first, as text")
	errPiece = errors.New("want a binary message that is no longer than what is missing")
)

// DoExtraHandshake turns compression off: most large files are compressed already.
func DoExtraHandshake(r *wsh.Request) error {
	r.DisableCompression()
	return nil
}

// TransferData takes one file after the other.
func TransferData(r *wsh.Request) error {
	for {
		msg, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(msg.Text(), 10, 64)
		if msg.Binary || err != nil || size < 0 {
			return refuse(errSize)
		}
		if err := take(r, size); err != nil {
			return err
		}
	}
}

// take receives a file of that size and answers each piece.
func take(r *wsh.Request, size int64) error {
	sum := sha256.New()
	p := progress{Size: size}
	for p.Received < size {
		msg, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		if !msg.Binary || int64(len(msg.Data)) > size-p.Received {
			return refuse(errPiece)
		}
		sum.Write(msg.Data)
		p.Received += int64(len(msg.Data))
		if p.Received == size {
			break
		}
		if err := tell(r, p); err != nil {
			return err
		}
	}
	p.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return tell(r, p)
}

func tell(r *wsh.Request, p progress) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return r.SendText(string(data))
}

func refuse(why error) error {
	return &wsh.CloseError{Code: wsh.StatusPolicyViolation, Reason: why.Error()}
}
