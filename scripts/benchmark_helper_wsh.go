//go:build ignore

// Benchmark_helper is the other end of a throughput benchmark. It is told what to do by text:
// "receive 1000" makes it send 1,000 bytes, each the letter a; "send 1" makes it receive the next
// message, check that it is all letters a, and answer with its size in decimal; "send 0" does not
// check.
package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"wshd/plugins/wsh"
)

// maxSize is the most bytes that a client may ask for at once, so that a typing error does not take
// all memory.
const maxSize = 256 << 20

// DoExtraHandshake turns compression off: a million letters a would measure the compressor.
func DoExtraHandshake(r *wsh.Request) error {
	r.DisableCompression()
	return nil
}

// TransferData obeys commands until the client closes. An error of the client's ends it with 1011.
func TransferData(r *wsh.Request) error {
	var data []byte // kept between commands: making it is not what is measured
	for {
		msg, err := r.ReceiveMessage()
		if err != nil {
			return err
		}
		command, argument, found := strings.Cut(msg.Text(), " ")
		if msg.Binary || !found {
			return fmt.Errorf("got %.40q, want receive SIZE or send 0|1", msg.Text())
		}
		switch command {
		case "receive":
			size, err := strconv.Atoi(argument)
			if err != nil || size < 0 || size > maxSize {
				return fmt.Errorf("receive %.20q: want 0 to %d bytes", argument, maxSize)
			}
			if len(data) != size {
				data = bytes.Repeat([]byte("a"), size)
			}
			if err := r.SendBinary(data); err != nil {
				return err
			}
		case "send":
			if err := take(r, argument == "1"); err != nil {
				return err
			}
		default:
			return fmt.Errorf("got command %.20q, want receive or send", command)
		}
	}
}

// take receives one message and answers with its size.
func take(r *wsh.Request, verify bool) error {
	msg, err := r.ReceiveMessage()
	if err != nil {
		return err
	}
	if verify && bytes.Count(msg.Data, []byte("a")) != len(msg.Data) {
		return fmt.Errorf("a message of %d bytes is not all letters a", len(msg.Data))
	}
	return r.SendText(strconv.Itoa(len(msg.Data)))
}
