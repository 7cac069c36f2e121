// > 5 %d hello
// < 000568656c6c6f: hello from %d, 11 bytes
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"wshd/plugins/wsh"
)

type header struct {
	Length uint16
	Kind   [1]uint8
	From   uint32
	_      [4]uint8
}

type frame struct {
	header
	body []byte
}

func (f *frame) WriteTo(w io.Writer) (int64, error) {
	f.Length = uint16(len(f.body))
	if err := binary.Write(w, binary.BigEndian, f.header); err != nil {
		return 0, err
	}
	n, err := w.Write(f.body)
	return int64(binary.Size(f.header) + n), err
}

func readFrame(r io.Reader) (*frame, error) {
	f := new(frame)
	if err := binary.Read(r, binary.BigEndian, &f.header); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	f.body = make([]byte, f.Length)
	_, err := io.ReadFull(r, f.body)
	return f, err
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	return r.Each(func(m wsh.Message) error {
		var kind uint8
		var from uint32
		var text string
		if _, err := fmt.Sscanf(m.Text(), "%d %d %s", &kind, &from, &text); err != nil {
			return err
		}
		var b bytes.Buffer
		f := frame{header{Kind: [1]uint8{kind}, From: from}, []byte(text)}
		if _, err := f.WriteTo(&b); err != nil {
			return err
		}
		size := b.Len() - len(text)
		raw := hex.EncodeToString(append(b.Bytes()[:2:2], text...))
		g, err := readFrame(&b)
		if err != nil || g.Kind != f.Kind {
			return fmt.Errorf("broken: %w", err)
		}
		return r.SendText(fmt.Sprintf("%s: %s from %d, %d bytes", raw, strings.ToLower(string(g.body)), g.From, size))
	})
}
