// Package wshd is wshd's own source, as far as a handler that is compiled needs it: it travels in the
// binary, so that a machine with Go but without a network can compile handlers.
package wshd

import "embed"

// Source holds the packages that a compiled handler is made of besides its own, tests included.
//
//go:embed host/session/*.go host/stream/*.go host/worker/*.go plugins/wsh/*.go plugins/wsh/protocol/*.go
var Source embed.FS
