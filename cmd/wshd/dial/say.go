package dial

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/terminal"
	"wshd/plugins/wsh"
)

// maxLine bounds a line of the input, in bytes.
const maxLine = 64 << 20

// input is where what is to be sent comes from.
type input struct {
	io.ReadCloser
	name    string // of a script, for its errors; "": lines are messages
	at      int    // lines so far
	spoken  bool   // somebody types: a line that begins with / is a command
	message []string
}

// open finds the input.
func open(c Config, s Streams) (*input, error) {
	in := &input{ReadCloser: io.NopCloser(s.In), message: c.Text}
	switch {
	case len(c.Text) > 0:
		in.ReadCloser = io.NopCloser(strings.NewReader(""))
	case c.Script == "-":
		in.name = "standard input"
	case c.Script != "":
		f, err := os.Open(c.Script)
		if err != nil {
			return nil, fmt.Errorf("script %s: %w", c.Script, hint.Cause(err))
		}
		in.ReadCloser, in.name = f, c.Script
	default:
		if f, ok := s.In.(*os.File); ok {
			in.spoken = terminal.Of(f, nil).Person && s.Err.Person
		}
	}
	if in.spoken {
		fmt.Fprintln(s.Err, s.Err.Paint(terminal.Dim, "type a message and press Enter; /help tells more, Ctrl+D closes"))
	}
	return in, nil
}

// said is one line of the input, or why it cannot be read.
type said struct {
	text string
	err  error
}

// lines reads the input on a goroutine of its own. It ends with the input, or with the process: nothing can call
// off a read of standard input.
func (in *input) lines(over <-chan struct{}) <-chan said {
	to := make(chan said)
	go func() {
		defer close(to)
		tell := func(s said) bool {
			select {
			case to <- s:
				return true
			case <-over:
				return false
			}
		}
		for _, m := range in.message {
			if !tell(said{text: m}) {
				return
			}
		}
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, maxLine)
		for scanner.Scan() {
			if !tell(said{text: scanner.Text()}) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			tell(said{err: err})
		}
	}()
	return to
}

// do sends a line, or does what it says.
func (c *client) do(line said) error {
	if line.err != nil {
		return fmt.Errorf("read what to send: %w", line.err)
	}
	c.input.at++
	switch text := line.text; {
	case c.input.name != "":
		text = strings.TrimSpace(text)
		if text == "" || strings.HasPrefix(text, "#") {
			return nil
		}
		if err := c.command(text); err != nil {
			var code hint.Exit
			if errors.As(err, &code) {
				return err
			}
			return fmt.Errorf("%s:%d: %w", c.input.name, c.input.at, err)
		}
		return nil
	case c.input.spoken && strings.HasPrefix(text, "//"):
		return c.say(text[1:])
	case c.input.spoken && strings.HasPrefix(text, "/"):
		if err := c.command(text[1:]); err != nil {
			c.note("%v", err) // who types can type again
		}
		return nil
	default:
		return c.say(text)
	}
}

// say sends a line as a message.
func (c *client) say(text string) error {
	switch {
	case c.Hex:
		data, err := fromHex(text)
		if err != nil {
			return hint.Usage(err, "with --hex a line is 08 06 07")
		}
		return c.send(wsh.Message{Binary: true, Data: data})
	case c.Binary:
		return c.send(wsh.Message{Binary: true, Data: []byte(text)})
	case !utf8.ValidString(text):
		return hint.Usage(errors.New("a line is not UTF-8, as a text message must be"), "--binary sends it as it is")
	}
	return c.send(wsh.Message{Data: []byte(text)})
}

const commands = `text TEXT, binary HEX          send a message
ping [TEXT], pong [TEXT]       send a control frame
close [CODE [REASON]]          close, and wait for the answer
frame [BIT...] OPCODE [HEX|"TEXT"]
                               send a frame; BITs: nofin rsv1 rsv2 rsv3 nomask
raw HEX                        send bytes that may be no frame
expect TEXT, expect-binary HEX wait for the next message, which must be this
expect-pong                    wait for a pong
expect-close [CODE]            wait for the server to close
wait TIME                      500ms, 2s`

// command does what a line of a script says.
func (c *client) command(line string) error {
	name, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch name {
	case "help":
		c.note("%s", commands)
		return nil
	case "close":
		return c.closeCommand(rest)
	case "frame":
		return c.frameCommand(strings.Fields(rest), rest)
	case "expect-close":
		return c.expectClose(rest)
	case "expect-pong":
		return c.await("a pong", func() bool { return c.pongs > 0 }, func() error { c.pongs--; return nil })
	case "wait":
		d, err := time.ParseDuration(rest)
		if err != nil {
			return errors.New("wait: write 500ms, or 2s")
		}
		return c.pause(d)
	}
	data, err := argument(name, rest)
	if err != nil {
		return err
	}
	switch name {
	case "text":
		return c.send(wsh.Message{Data: data})
	case "binary":
		return c.send(wsh.Message{Binary: true, Data: data})
	case "ping":
		c.sendFrame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodePing}, data)
	case "pong":
		c.sendFrame(wsh.FrameHeader{Fin: true, Opcode: wsh.OpcodePong}, data)
	case "raw":
		if c.Frames {
			fmt.Fprintf(c.Out, "> raw % x\n", data)
		}
		_, _ = c.c.Write(data) // what cannot be sent shows when reading ends
	case "expect", "expect-binary":
		return c.expect(wsh.Message{Binary: name == "expect-binary", Data: data})
	}
	return nil
}

// argument is what follows a command: hex, or text that may be quoted as in Go.
func argument(name, rest string) ([]byte, error) {
	switch name {
	case "binary", "raw", "expect-binary":
		return fromHex(rest)
	case "text", "ping", "pong", "expect":
		if text, err := strconv.Unquote(rest); err == nil && strings.HasPrefix(rest, `"`) {
			return []byte(text), nil
		}
		return []byte(rest), nil
	}
	return nil, fmt.Errorf("unknown command %q; there are\n%s", name, commands)
}

func fromHex(text string) ([]byte, error) {
	data, err := hex.DecodeString(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t:,", r) {
			return -1
		}
		return r
	}, text))
	if err != nil {
		return nil, fmt.Errorf("%.40q is no hex", text)
	}
	return data, nil
}

// closeCommand closes with any code and reason, even those that may not be sent.
func (c *client) closeCommand(rest string) error {
	code, reason, _ := strings.Cut(rest, " ")
	number := uint64(wsh.StatusNormalClosure)
	if code != "" {
		var err error
		if number, err = strconv.ParseUint(code, 10, 16); err != nil {
			return fmt.Errorf("close: %q is no code", code)
		}
	}
	return c.goodbye(wsh.StatusCode(number), strings.TrimSpace(reason))
}

// frameCommand sends a frame of any kind.
func (c *client) frameCommand(words []string, rest string) error {
	h := wsh.FrameHeader{Fin: true}
	bits := map[string]func(){"nofin": func() { h.Fin = false }, "fin": func() {}, "rsv1": func() { h.Rsv1 = true }, "rsv2": func() { h.Rsv2 = true },
		"rsv3": func() { h.Rsv3 = true }, "nomask": func() { h.Mask = []byte{} }}
	for len(words) > 0 && bits[words[0]] != nil {
		bits[words[0]]()
		rest = strings.TrimSpace(strings.TrimPrefix(rest, words[0]))
		words = words[1:]
	}
	if len(words) == 0 {
		return errors.New(`frame: which opcode? frame nofin 1 "he"`)
	}
	code, err := strconv.ParseUint(words[0], 0, 4)
	for op, name := range opcodeNames {
		if name == words[0] {
			code, err = uint64(op), nil
		}
	}
	if err != nil {
		return fmt.Errorf("frame: %q is no opcode: 0 to 15, or text, binary, continuation, ping, pong, close", words[0])
	}
	h.Opcode = wsh.Opcode(code)
	rest = strings.TrimSpace(strings.TrimPrefix(rest, words[0]))
	body, err := []byte(nil), error(nil)
	if text, wrong := strconv.Unquote(rest); wrong == nil {
		body = []byte(text)
	} else if body, err = fromHex(rest); err != nil {
		return err
	}
	if h.Opcode == wsh.OpcodeClose && !c.closeSent {
		c.closeSent, c.first = true, true
	}
	c.sendFrame(h, body)
	return nil
}

// await lets the server's frames come until there is what a script expects, and takes it.
func (c *client) await(what string, there func() bool, take func() error) error {
	for deadline := time.After(c.Timeout); !there(); {
		if c.ended {
			return fmt.Errorf("got the end of the connection (%d), want %s", c.code, what)
		}
		select {
		case r := <-c.incoming:
			c.heed(r)
		case <-deadline:
			return fmt.Errorf("got nothing for %v, want %s", c.Timeout, what)
		}
	}
	return take()
}

func (c *client) expect(want wsh.Message) error {
	return c.await(written(want), func() bool { return len(c.inbox) > 0 }, func() error {
		got := c.inbox[0].Message
		c.inbox = c.inbox[1:]
		if got.Binary != want.Binary || !bytes.Equal(got.Data, want.Data) {
			return fmt.Errorf("got %s, want %s", written(got), written(want))
		}
		return nil
	})
}

func written(m wsh.Message) string {
	if m.Binary {
		return fmt.Sprintf("binary % x", m.Data[:min(len(m.Data), shownBytes)])
	}
	return fmt.Sprintf("text %q", m.Data[:min(len(m.Data), shownBytes)])
}

// expectClose waits for the server to close, and ends all.
func (c *client) expectClose(code string) error {
	err := c.await("a close", func() bool { return c.ended }, func() error { return nil })
	if err != nil {
		return err
	}
	if got := strconv.Itoa(int(c.code)); code != "" && got != code {
		return fmt.Errorf("got close %s, want %s", got, code)
	}
	return hint.Exit(0)
}

// pause lets the server's frames come for a while.
func (c *client) pause(d time.Duration) error {
	for over := time.After(d); !c.ended; {
		select {
		case r := <-c.incoming:
			c.heed(r)
		case <-over:
			return nil
		}
	}
	return nil
}
