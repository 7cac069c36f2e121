package plugins

import "embed"

// Source is the source of what scripts import, wsh and wsh/wshtest, tests included. wshd init lays
// it beside handlers, so that the Go tools know it.
//
//go:embed wsh/*.go wsh/pattern/*.go wsh/protocol/*.go wsh/urlpath/*.go wsh/wshtest/*.go
var Source embed.FS
