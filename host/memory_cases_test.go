//go:build unix

package host

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"wshd/plugins/wsh"
)

// deafCases has those of messages of that size.
func deafCases(size int) []deafCase {
	// The messages differ, further back than a compressor's window: one that was sent before would be a few
	// bytes, and all of them would fit into the sockets' buffers.
	const differ = 128 << 10
	noise := make([]byte, differ+size)
	rand.Read(noise)
	text := base64.RawStdEncoding.EncodeToString(noise)
	m := func(i int) wsh.Message {
		at := i * size % differ
		return wsh.Text(text[at : at+size])
	}
	times := func(send func(m wsh.Message) error) error {
		for i := range volume / size {
			if err := send(m(i)); err != nil {
				return err
			}
		}
		return nil
	}
	var talk strings.Builder
	for i := range max(1, differ/size) {
		talk.WriteString(fr(0x81, m(i).Text()))
	}
	name := func(what string) string { return fmt.Sprintf("%s of %d bytes", what, size) }
	return []deafCase{
		{name: name("messages"), send: func(r *wsh.Request) error { return times(r.SendMessage) }},
		{name: name("fragments"), send: func(r *wsh.Request) error {
			return times(func(m wsh.Message) error { return r.SendFragment(m, false) })
		}},
		{name: name("raw pieces"), send: func(r *wsh.Request) error { return times(func(m wsh.Message) error { return r.WriteRaw(m.Data) }) }},
		{name: name("published messages"), own: 2 * size, ends: true, publishes: true, send: func(r *wsh.Request) error {
			seat := r.Join(r.RemoteAddr) // where nobody else is
			return times(func(m wsh.Message) error { return seat.Publish(m) })
		}},
		{name: name("messages of two rooms"), own: 2 * size, ends: true, publishes: true, send: func(r *wsh.Request) error {
			one, other := r.Join(r.RemoteAddr), r.Join(r.RemoteAddr+" too")
			return times(func(m wsh.Message) error { return errors.Join(one.Publish(m), other.Publish(m)) })
		}},
		{name: name("messages in MessageSenders"), own: 2*size + 4*100*64, send: func(r *wsh.Request) error {
			var senders [4]*wsh.MessageSender
			for i := range senders {
				senders[i] = wsh.NewMessageSender(r, 100)
			}
			for i := 0; ; i++ {
				// What a handler makes of each message is its own.
				snd, m := senders[i%len(senders)], wsh.Text(strings.Clone(m(i).Text()))
				err := snd.SendNowait(m)
				if errors.Is(err, wsh.ErrQueueFull) {
					err = snd.Send(m)
				}
				if err != nil {
					return err
				}
			}
		}},
		{name: name("answers"), own: 3 * size, send: echo, talk: talk.String()},
	}
}

func pingCases() []deafCase {
	return []deafCase{
		{name: "pings", send: func(r *wsh.Request) error {
			for {
				if err := r.SendPing(make([]byte, 125)); err != nil {
					return err
				}
			}
		}},
		{name: "pongs", ends: true, latest: true, send: func(r *wsh.Request) error {
			_, err := r.ReceiveMessage()
			return err
		}, talk: strings.Repeat(fr(0x89, strings.Repeat("p", 125)), 100)},
		{name: "answers of a hook", send: func(r *wsh.Request) error {
			r.OnPing(func(p []byte) { r.SendText("pinged") })
			_, err := r.ReceiveMessage()
			return err
		}, talk: strings.Repeat(fr(0x89, ""), 100)},
	}
}
