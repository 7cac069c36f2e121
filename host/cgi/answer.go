package cgi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"wshd/plugins/wsh/protocol"
)

// maxHead bounds the head of an answer, in bytes, and maxHeaders its headers.
const (
	maxHead    = 64 << 10
	maxHeaders = 200
)

// answer passes on what the program answers. It reports whether the answer has begun.
func (r *run) answer(w http.ResponseWriter, q *http.Request) (begun bool, err error) {
	b := bufio.NewReaderSize(r.out, 4096)
	status, header, err := readHead(b)
	if err != nil {
		return false, err
	}
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	if q.Method == http.MethodHead {
		_, err = io.Copy(io.Discard, b)
		return true, ignoreEnd(err)
	}
	piece := make([]byte, 32<<10)
	for flush := http.NewResponseController(w); ; {
		n, err := b.Read(piece)
		if n > 0 {
			if _, err := w.Write(piece[:n]); err != nil {
				return true, errUnwilling
			}
			if b.Buffered() == 0 {
				_ = flush.Flush() // who reads as it comes sees it as it comes
			}
		}
		if err != nil {
			return true, ignoreEnd(err)
		}
	}
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// hopByHop are headers that are the server's to say (RFC 9110, section 7.6.1).
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"}

// readHead reads the head of an answer (RFC 3875, section 6).
func readHead(b *bufio.Reader) (status int, h http.Header, err error) {
	h = http.Header{}
	left, lines := maxHead, 0
	for {
		line, err := readLine(b, &left)
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return 0, nil, fmt.Errorf("%w: its headers do not end in an empty line", ErrNoAnswer)
		case err != nil:
			return 0, nil, err
		}
		if line == "" {
			break
		}
		if lines++; lines > maxHeaders {
			return 0, nil, fmt.Errorf("the program gave more than %d headers", maxHeaders)
		}
		name, value, ok := strings.Cut(line, ":")
		name, value = http.CanonicalHeaderKey(name), strings.Trim(value, " \t")
		switch {
		case !ok || !protocol.IsToken(name):
			return 0, nil, fmt.Errorf("the program gave %.40q where a header belongs", line)
		case name == "Status":
			if status, err = parseStatus(value); err != nil {
				return 0, nil, err
			}
		case !slices.Contains(hopByHop, name):
			h[name] = append(h[name], value)
		}
	}
	switch {
	case status == 0 && h.Get("Location") != "":
		status = http.StatusFound
	case h.Get("Content-Type") == "" && h.Get("Location") == "" && status != http.StatusNoContent && status != http.StatusNotModified:
		return 0, nil, fmt.Errorf("%w: its headers have neither Content-Type nor Location", ErrNoAnswer)
	case status == 0:
		status = http.StatusOK
	}
	return status, h, nil
}

func parseStatus(s string) (int, error) {
	code, _, _ := strings.Cut(s, " ")
	status, err := strconv.Atoi(code)
	if err != nil || status < 200 || status > 599 {
		return 0, fmt.Errorf("the program gave the status %.20q", s)
	}
	return status, nil
}

// readLine reads a line without its end, of left bytes at most, which it counts down.
func readLine(b *bufio.Reader, left *int) (string, error) {
	var line []byte
	for {
		piece, err := b.ReadSlice('\n')
		if *left -= len(piece); *left < 0 {
			return "", fmt.Errorf("the program gave headers of more than %d bytes", maxHead)
		}
		line = append(line, piece...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return string(bytes.TrimRight(line, "\r\n")), err
	}
}
