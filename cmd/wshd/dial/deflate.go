package dial

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/klauspost/compress/flate"
)

// deflate is an agreed permessage-deflate (RFC 7692).
type deflate struct {
	oursForgets, theirsForgets bool // between messages: no context takeover
	bits                       int  // of the window that the server lets us have

	w      *flate.Writer
	packed bytes.Buffer
	window []byte // the last 32 KiB that came
}

const maxWindow = 32 << 10

func offer(parameters string) string {
	if strings.HasPrefix(parameters, "permessage-deflate") {
		return parameters
	}
	return "permessage-deflate; " + parameters
}

// agreed understands the server's answer to an offer.
func agreed(offered, answer string) (*deflate, error) {
	if offered == "" {
		return nil, fmt.Errorf("the extension %q was not offered", answer)
	}
	d := &deflate{bits: 15}
	for i, p := range strings.Split(answer, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		bits, err := strconv.Atoi(strings.Trim(value, `"`))
		switch {
		case i == 0 && name == "permessage-deflate":
		case name == "client_no_context_takeover":
			d.oursForgets = true
		case name == "server_no_context_takeover":
			d.theirsForgets = true
		case (name == "client_max_window_bits" || name == "server_max_window_bits") && err == nil && bits >= 8 && bits <= 15:
			if name == "client_max_window_bits" {
				d.bits = bits
			}
		default:
			return nil, fmt.Errorf("extension %q", answer)
		}
	}
	return d, nil
}

// pack compresses a message.
func (d *deflate) pack(data []byte) (packed []byte, err error) {
	d.packed.Reset()
	switch {
	case d.w == nil && d.bits == 15:
		d.w, err = flate.NewWriter(&d.packed, flate.DefaultCompression)
	case d.w == nil:
		d.w, err = flate.NewWriterWindow(&d.packed, 1<<d.bits)
	case d.oursForgets:
		d.w.Reset(&d.packed)
	}
	if err != nil {
		return nil, err
	}
	if _, err := d.w.Write(data); err != nil {
		return nil, err
	}
	if err := d.w.Flush(); err != nil {
		return nil, err
	}
	return bytes.Clone(bytes.TrimSuffix(d.packed.Bytes(), []byte{0, 0, 0xff, 0xff})), nil
}

// unpack is the message that was compressed.
func (d *deflate) unpack(packed []byte) ([]byte, error) {
	tail := strings.NewReader("\x00\x00\xff\xff\x01\x00\x00\xff\xff")
	r := flate.NewReaderDict(io.MultiReader(bytes.NewReader(packed), tail), d.window)
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, maxMessage+1))
	if err != nil {
		return nil, fmt.Errorf("compressed data: %w", err)
	}
	if len(data) > maxMessage {
		return nil, errors.New("a message unpacks to more than 64 MiB")
	}
	if !d.theirsForgets {
		d.window = append(d.window, data...)
		d.window = bytes.Clone(d.window[max(0, len(d.window)-maxWindow):])
	}
	return data, nil
}
