package serve

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"wshd/cmd/wshd/hint"
)

// xconnect is what net/http looks for in GODEBUG when a process begins: whether WebSockets may be streams of HTTP/2.
const xconnect = "http2xconnect=1"

// startAnew starts wshd anew, as the same process, with xconnect in its environment, unless it is there. Nothing has
// been opened yet, and nothing logged.
func startAnew(environ []string) error {
	at := slices.IndexFunc(environ, func(v string) bool { return strings.HasPrefix(v, "GODEBUG=") })
	if at >= 0 && strings.Contains(environ[at], xconnect) {
		return nil
	}
	environ = slices.Clone(environ)
	if at >= 0 {
		environ[at] += "," + xconnect
	} else {
		environ = append(environ, "GODEBUG="+xconnect)
	}
	if err := execAnew(environ); err != nil {
		if errors.Is(err, errors.ErrUnsupported) {
			err = errors.New("this system does not let wshd start itself anew")
		}
		return hint.With(fmt.Errorf("tls.http2: %w", err), "set GODEBUG="+xconnect+" in the environment of wshd")
	}
	return nil
}
