package dial

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"wshd/cmd/wshd/terminal"
	"wshd/plugins/wsh"
)

// shownBytes is how much of a payload a frame shows.
const shownBytes = 4096

var opcodeNames = map[wsh.Opcode]string{wsh.OpcodeContinuation: "continuation", wsh.OpcodeText: "text", wsh.OpcodeBinary: "binary",
	wsh.OpcodeClose: "close", wsh.OpcodePing: "ping", wsh.OpcodePong: "pong"}

// showFrame shows one frame: its way, its kind, its bits, its header's bytes, its payload.
//
//	< text fin 5 bytes [81 05] "hello"
func (c *client) showFrame(way string, h wsh.FrameHeader, header, body []byte) {
	if !c.Frames {
		return
	}
	name := opcodeNames[h.Opcode]
	if name == "" {
		name = fmt.Sprintf("opcode %d", h.Opcode)
	}
	words := []string{way, name}
	for i, word := range []string{"fin", "rsv1", "rsv2", "rsv3"} {
		if header[0]&(0x80>>i) != 0 {
			words = append(words, word)
		}
	}
	if header[1]&0x80 != 0 {
		words = append(words, "masked")
	}
	size := strconv.Itoa(len(body)) + " bytes"
	if len(body) == 1 {
		size = "1 byte"
	}
	words = append(words, size, fmt.Sprintf("[% x]", header))
	colour := terminal.Green
	if way == ">" {
		colour = terminal.Cyan
	}
	fmt.Fprintln(c.Out, c.Out.Paint(colour, strings.TrimRight(strings.Join(words, " ")+" "+payload(h, body), " ")))
}

// payload is a frame's, exactly: quoted if it is text, else in hex.
func payload(h wsh.FrameHeader, body []byte) string {
	more := ""
	if len(body) > shownBytes {
		more = fmt.Sprintf(" … and %d bytes more", len(body)-shownBytes)
		body = body[:shownBytes]
	}
	switch {
	case len(body) == 0:
		return ""
	case h.Opcode == wsh.OpcodeClose && len(body) >= 2:
		text := strconv.Itoa(int(body[0])<<8 | int(body[1]))
		if len(body) > 2 {
			text += " " + strconv.Quote(string(body[2:]))
		}
		return text
	case h.Opcode == wsh.OpcodeBinary || h.Rsv1 || !utf8.Valid(body) && more == "":
		return fmt.Sprintf("% x", body) + more
	}
	return strconv.Quote(string(body)) + more
}

// showMessage shows a message; where frames are shown, only if they do not show it.
func (c *client) showMessage(m message) {
	switch {
	case c.Frames && !m.packed && m.frames == 1:
		return
	case c.Frames && m.Binary:
		fmt.Fprintf(c.Out, "= binary % x\n", m.Data[:min(len(m.Data), shownBytes)])
	case c.Frames:
		fmt.Fprintf(c.Out, "= text %q\n", m.Data[:min(len(m.Data), shownBytes)])
	case m.Binary:
		fmt.Fprintf(c.Out, "% x\n", m.Data)
	default:
		fmt.Fprintln(c.Out, shown(c.Out, string(m.Data)))
	}
}

// shown is text as a terminal may have it: without what moves its cursor.
func shown(t terminal.Terminal, text string) string {
	if !t.Person {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d') {
			return utf8.RuneError
		}
		return r
	}, text)
}

// showHead shows the head of a request or an answer, a line each.
func showHead(t terminal.Terminal, way, head string) {
	for line := range strings.SplitSeq(strings.TrimRight(head, "\r\n"), "\r\n") {
		fmt.Fprintln(t, shown(t, way+line))
	}
}
