// > /nick bob%d
// < you are bob%d
// > /roll 2d6
// < rolled 2 dice of 6
// > @al hi %r
// < to al: hi %r from bob%d
// > whatever
// < unknown: "whatever"
package main

import (
	"fmt"
	"regexp"

	"wshd/plugins/wsh"
)

type client struct{ nick string }

type command struct {
	re  *regexp.Regexp
	run func(c *client, args []string) string
}

func (c *client) setNick(args []string) string {
	c.nick = args[0]
	return "you are " + c.nick
}

func (c client) roll(args []string) string {
	return fmt.Sprintf("rolled %s dice of %s", args[0], args[1])
}

func (c *client) tell(args []string) string {
	return fmt.Sprintf("to %s: %s from %s", args[0], args[1], c.nick)
}

var commands = []command{
	{regexp.MustCompile(`^/nick (\w+)$`), (*client).setNick},
	{regexp.MustCompile(`^/roll (\d+)d(\d+)$`), (*client).roll},
	{regexp.MustCompile(`^@(\w+) (.*)$`), (*client).tell},
	{regexp.MustCompile(`.*`), func(c *client, _ []string) string { return "" }},
}

func (c *client) handle(line string) string {
	for _, cmd := range commands {
		if m := cmd.re.FindStringSubmatch(line); m != nil {
			if answer := cmd.run(c, m[1:]); answer != "" {
				return answer
			}
		}
	}
	return fmt.Sprintf("unknown: %q", line)
}

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	c := &client{nick: "nobody"}
	return r.Each(func(m wsh.Message) error { return r.SendText(c.handle(m.Text())) })
}
