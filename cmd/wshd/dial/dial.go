// Package dial is a WebSocket client for people: it shows what comes, frame by frame if wanted, and sends what is typed.
package dial

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/pflag"

	"wshd/cmd/wshd/hint"
	"wshd/cmd/wshd/terminal"
	"wshd/plugins/wsh"
)

// Config is what to do. ParseFlags fills it from a command line.
type Config struct {
	URL  string
	Text []string // messages to send; without any, those of standard input are

	Subprotocols []string
	Headers      []string // "Name: value"
	Origin       string
	Unix         string // the socket to dial instead of the URL's host

	Insecure      bool
	CA, Cert, Key string // PEM files

	Deflate string // the permessage-deflate to offer; "": none

	Binary, Hex bool // how lines are sent
	Script      string
	Frames      bool
	Verbose     bool
	Listen      bool
	NoPong      bool
	Messages    int
	Wait        time.Duration
	Timeout     time.Duration
}

// Flags are the flags of wshd dial, which fill c.
func Flags(c *Config) *pflag.FlagSet {
	set := pflag.NewFlagSet("dial", pflag.ContinueOnError)
	set.SortFlags = false
	set.Usage = func() {}
	set.StringSliceVarP(&c.Subprotocols, "subprotocol", "s", nil, "`LIST` of subprotocols to request: chat,superchat")
	set.StringArrayVarP(&c.Headers, "header", "H", nil, "`HEADER` of the handshake: \"Authorization: Bearer abc\"")
	set.StringVarP(&c.Origin, "origin", "o", "", "`SITE` whose page this is to be: https://example.com")
	set.StringVar(&c.Unix, "unix", "", "unix socket `FILE` to dial, whatever host the URL names")
	set.BoolVarP(&c.Insecure, "insecure", "k", false, "believe any certificate")
	set.StringVar(&c.CA, "ca", "", "PEM `FILE` of who must have signed the certificate")
	set.StringVar(&c.Cert, "cert", "", "PEM `FILE` of a client certificate")
	set.StringVar(&c.Key, "key", "", "PEM `FILE` of its key")
	set.StringVarP(&c.Deflate, "deflate", "d", "", "offer compression; =`OFFER` says with which parameters")
	set.Lookup("deflate").NoOptDefVal = "permessage-deflate"
	set.BoolVarP(&c.Binary, "binary", "b", false, "send lines as binary messages")
	set.BoolVarP(&c.Hex, "hex", "x", false, "lines are hex, sent as binary messages: 08 06 07")
	set.StringVar(&c.Script, "script", "", "`FILE` to do line by line; - is standard input")
	set.BoolVarP(&c.Frames, "frames", "f", false, "show each frame, both ways, with its bytes")
	set.BoolVarP(&c.Verbose, "verbose", "v", false, "show the opening handshake, both ways")
	set.BoolVarP(&c.Listen, "listen", "l", false, "stay until the server closes, when all is sent")
	set.IntVarP(&c.Messages, "messages", "n", 0, "`N` messages to receive, then close")
	set.DurationVar(&c.Wait, "wait", time.Second, "`TIME` of silence, when all is sent, then close (1s)")
	set.DurationVar(&c.Timeout, "timeout", 10*time.Second, "`TIME` for the handshake, a close, what a script expects (10s)")
	set.BoolVar(&c.NoPong, "no-pong", false, "answer no pings")
	set.BoolP("help", "h", false, "more about all this")
	return set
}

// FlagHelp tells of each flag what to type, and what it does.
func FlagHelp() (list [][2]string) {
	Flags(new(Config)).VisitAll(func(f *pflag.Flag) {
		typed := "    --" + f.Name
		if f.Shorthand != "" {
			typed = "-" + f.Shorthand + ", --" + f.Name
		}
		value, text := pflag.UnquoteUsage(f)
		switch {
		case f.Value.Type() == "bool":
		case f.NoOptDefVal != "":
			typed += "[=" + value + "]"
		default:
			typed += " " + value
		}
		list = append(list, [2]string{typed, text})
	})
	return list
}

// ParseFlags takes a command line apart. help: it asks for help.
func ParseFlags(args []string) (c Config, help bool, err error) {
	set := Flags(&c)
	if err := set.Parse(args); err != nil {
		return c, false, hint.Usage(err, "wshd help dial")
	}
	if help, _ := set.GetBool("help"); help {
		return c, true, nil
	}
	if set.NArg() == 0 {
		return c, false, hint.Usage(errors.New("dial: which address?"), "wshd dial ws://localhost:9998/echo")
	}
	c.URL, c.Text = set.Arg(0), set.Args()[1:]
	if c.Script != "" && len(c.Text) > 0 {
		return c, false, hint.Usage(errors.New("dial: messages are in the script, or behind the URL"), "wshd help dial")
	}
	return c, false, nil
}

// Streams are where wshd dial reads and writes: messages on Out, all else on Err.
type Streams struct {
	In       io.Reader
	Out, Err terminal.Terminal
}

// Run dials, and returns when the connection has ended. The error is a hint.Exit where all has been said.
func Run(c Config, s Streams) error {
	input, err := open(c, s)
	if err != nil {
		return err
	}
	defer input.Close()
	conn, err := connect(c, s)
	if err != nil {
		return err
	}
	defer conn.c.Close()
	return (&client{Config: c, Streams: s, connection: conn, input: input}).run()
}

// client is a connection that is open, and what is to be done on it.
type client struct {
	Config
	Streams
	*connection
	input *input

	incoming  <-chan received
	message   *message  // that is being received; nil: none
	inbox     []message // those that a script has not looked at yet
	got       int       // messages so far
	pongs     int       // that a script has not looked at
	closeSent bool
	first     bool // to close was this side
	ended     bool // the server has closed, or is gone
	code      wsh.StatusCode
	reason    string
}

// run serves both ends: what the server sends, and what is to be sent.
func (c *client) run() error {
	over := make(chan struct{})
	defer close(over)
	c.incoming = c.receive(over)
	lines := c.input.lines(over)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	defer signal.Stop(stop)
	silence := time.NewTimer(c.Wait)
	defer silence.Stop()
	for !c.ended {
		var quiet <-chan time.Time
		if lines == nil && !c.Listen && c.Messages == 0 {
			quiet = silence.C
		}
		select {
		case r := <-c.incoming:
			c.heed(r)
			silence.Reset(c.Wait)
			if c.Messages > 0 && c.got >= c.Messages {
				return c.goodbye(wsh.StatusNormalClosure, "")
			}
		case line, more := <-lines:
			if !more {
				lines = nil
				silence.Reset(c.Wait)
				continue
			}
			if err := c.do(line); err != nil {
				return err
			}
		case <-quiet:
			return c.goodbye(wsh.StatusNormalClosure, "")
		case <-stop:
			return c.goodbye(wsh.StatusNormalClosure, "")
		}
	}
	return c.outcome()
}

// goodbye closes, and waits for the answer.
func (c *client) goodbye(code wsh.StatusCode, reason string) error {
	if !c.closeSent {
		c.first = true
		c.sendClose(code, reason)
	}
	for deadline := time.After(c.Timeout); !c.ended; {
		select {
		case r := <-c.incoming:
			c.heed(r)
		case <-deadline:
			c.note("the server does not answer the Close frame")
			return hint.Exit(1)
		}
	}
	return c.outcome()
}

// outcome is what the connection's end means to a shell: 0 if it was closed in order, and not by the server as
// something that failed.
func (c *client) outcome() error {
	switch {
	case c.code == wsh.StatusAbnormalClosure:
		return hint.Exit(1)
	case c.first, c.code == wsh.StatusNormalClosure, c.code == wsh.StatusGoingAway, c.code == wsh.StatusNoStatusReceived:
		return nil
	}
	return hint.Exit(1)
}

// note tells what is no message.
func (c *client) note(format string, args ...any) {
	fmt.Fprintln(c.Err, c.Err.Paint(terminal.Dim, shown(c.Err, fmt.Sprintf(format, args...))))
}
