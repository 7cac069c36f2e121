package stream

import (
	"math/bits"
	"strconv"

	"wshd/plugins/wsh"
)

// deflateParams is what was agreed about permessage-deflate.
type deflateParams struct {
	on          bool
	serverFresh bool // server_no_context_takeover: each message we send is compressed afresh
	clientFresh bool // client_no_context_takeover: each message that comes is inflated afresh
	bits        int8 // server_max_window_bits: the window of what we send; 0: not bounded
	clientBits  int8 // client_max_window_bits: the same for what the client sends; 0: not bounded
}

// Negotiate answers the client's offers: permessage-deflate, by the first offer of it that can be
// met, or nothing (RFC 7692, section 5). Windows may have any size.
func (c *Conn) Negotiate(offers []wsh.Extension) []wsh.Extension {
	if !c.conf.Compression || c.plain.Load() {
		return nil
	}
	for _, offer := range offers {
		if offer.Name != "permessage-deflate" {
			continue
		}
		agreed, ok := meet(offer)
		if !ok {
			continue
		}
		if !c.conf.ContextTakeover {
			agreed.serverFresh, agreed.clientFresh = true, true
		}
		tell := c.boundClient(&agreed)
		c.ext = agreed
		answer := wsh.Extension{Name: offer.Name}
		add := func(name, value string, given bool) {
			if given {
				answer.Params = append(answer.Params, wsh.ExtensionParam{Name: name, Value: value})
			}
		}
		add("server_max_window_bits", strconv.Itoa(int(agreed.bits)), agreed.bits != 0)
		add("server_no_context_takeover", "", agreed.serverFresh)
		add("client_no_context_takeover", "", agreed.clientFresh)
		add("client_max_window_bits", strconv.Itoa(int(agreed.clientBits)), tell)
		return []wsh.Extension{answer}
	}
	return nil
}

// boundClient bounds the window of the client's messages to about Config.Window, if the client has offered
// that, so that less of them need be kept. It reports whether the answer has to say so: a client that has
// offered a smaller window uses it in any case (RFC 7692, section 7.1.2.2).
func (c *Conn) boundClient(agreed *deflateParams) (tell bool) {
	own := max(int8(bits.Len(uint(c.conf.Window-1))), leastClientBits)
	tell = agreed.clientBits > own && !agreed.clientFresh
	if tell {
		agreed.clientBits = own
	}
	return tell
}

// leastClientBits is the smallest window that is asked of clients and kept for them: zlib uses 9 bits when it
// is asked for 8.
const leastClientBits = 9

// meet accepts the parameters of one offer, or declines it. RFC 7692, section 7.1: a parameter that is unknown,
// repeated or has a bad value declines the whole offer.
func meet(offer wsh.Extension) (agreed deflateParams, ok bool) {
	agreed.on = true
	seen := map[string]bool{}
	for _, p := range offer.Params {
		if seen[p.Name] {
			return agreed, false
		}
		seen[p.Name] = true
		valid := p.Value == ""
		switch p.Name {
		case "server_no_context_takeover":
			agreed.serverFresh = true
		case "client_no_context_takeover":
			agreed.clientFresh = true
		case "server_max_window_bits":
			agreed.bits, valid = windowBits(p.Value)
		case "client_max_window_bits":
			agreed.clientBits = 15
			if !valid {
				agreed.clientBits, valid = windowBits(p.Value)
			}
		default:
			valid = false
		}
		if !valid {
			return agreed, false
		}
	}
	return agreed, true
}

// windowBits: 8 to 15 without leading zeros (RFC 7692, section 7.1.2.1).
func windowBits(s string) (bits int8, ok bool) {
	n, err := strconv.Atoi(s)
	return int8(n), err == nil && n >= 8 && n <= 15 && strconv.Itoa(n) == s
}
