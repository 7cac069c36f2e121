package wshtest

import (
	"fmt"
	"strings"

	"wshd/plugins/wsh"
)

// longest is how much of a message a test's failure shows, in bytes.
const longest = 200

// shown is a message for a person to read.
func shown(m wsh.Message) string {
	data, more := m.Data, ""
	if len(data) > longest {
		data, more = data[:longest], "…"
	}
	if m.Binary {
		return fmt.Sprintf("a binary message of %d bytes [% x%s]", len(m.Data), data, more)
	}
	return fmt.Sprintf("the text %q%s", data, more)
}

// instead tells what has come of which nobody has asked for yet; "" if that is nothing.
func (c *Client) instead() string {
	var came []string
	for _, m := range c.messages {
		came = append(came, shown(m))
	}
	for _, body := range c.pings {
		came = append(came, fmt.Sprintf("a ping %q", body))
	}
	for _, body := range c.pongs {
		came = append(came, fmt.Sprintf("a pong %q", body))
	}
	if n := len(c.coming.message.Data); n > 0 {
		came = append(came, fmt.Sprintf("%d bytes of a message that has no end yet", n))
	}
	if len(came) == 0 {
		return ""
	}
	return ", but " + strings.Join(came, ", ")
}
