package handlers

import (
	"testing"

	"wshd/plugins/wsh/wshtest"
)

// TestHandlers runs the tests of all handlers, chat_wsh_test.go for chat_wsh.go: go test ./... passes over files
// that say //go:build ignore.
func TestHandlers(t *testing.T) { wshtest.Handlers(t, ".") }
