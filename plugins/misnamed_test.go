package plugins_test

import (
	"path/filepath"
	"strings"
	"testing"

	"wshd/plugins"
)

// hooked is what a handler looks like.
const hooked = "package main\n\nimport \"wshd/plugins/wsh\"\n\nfunc TransferData(r *wsh.Request) error { return nil }\n"

func TestMisnamedHandlersAreWarnedOfOnce(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"x_wsh.go.txt", "", "x_wsh.go"},
		{"X_WSH.GO", "", "x_wsh.go"},
		{"Chat_Wsh.go", "", "Chat_wsh.go"},
		{"x_WSH.GO.TXT", "", "x_wsh.go"},
		{"helo-wsh.go", "", "helo_wsh.go"},
		{"helo wsh.go", "", "helo_wsh.go"},
		{"helo.wsh.go", "", "helo_wsh.go"},
		{"helo_wsh", "", "helo_wsh.go"},
		{"sub/helo-wsh.go", "", "sub/helo_wsh.go"},
		{"helo_ws.go", hooked, "helo_wsh.go"},
		{"helo_whs.go", hooked, "helo_wsh.go"},
		{"helowsh.go", hooked, "helo_wsh.go"},
		{"helo_websocket.go", hooked, "helo_wsh.go"},
		{"helo.go", hooked, "helo_wsh.go"},
		{"helo.go", strings.Replace(hooked, "TransferData(r *wsh.Request) error { return nil }", "ServeHTTP(w http.ResponseWriter, q *http.Request) {}", 1), "helo_wsh.go"},

		{"copy_wsh (1).go", "", "copy_wsh.go"},
		{"chat_wsh(2).go", "", "chat_wsh.go"},
		{"chat_wsh copy.go", "", "chat_wsh.go"},
		{"chat_wsh copy 2.go", hooked, "chat_wsh.go"},
		{"chat_wsh - Kopie (3).go", "", "chat_wsh.go"},
		{"chat_wsh (another copy).go", "", "chat_wsh.go"},
		{"CHAT_WSH (1).GO", "", "chat_wsh.go"},
		{"chat-wsh (1).go", "", "chat_wsh.go"},
		{"chat_wsh (1).go.txt", "", "chat_wsh.go"},
		{"chat-wsh.go.txt", "", "chat_wsh.go"},
		{"chat_wsh.go.go", "", "chat_wsh.go"},
		{"chat_wsh.GO", "", "chat_wsh.go"},
		{"chat_wsh.py.go", "", "chat_wsh.go"},
		{"chat_wsh2.go", hooked, "chat_wsh.go"},
		{"chat_wsh_old.go", hooked, "chat_wsh.go"},
		{"chat_wsh-1.go", hooked, "chat_wsh.go"},
		{"chat_wsh.v2.go", hooked, "chat_wsh.go"},
		{"_wsh (1).go", "", "_wsh.go"},

		{"chat_wsh2.go", "package main\n", ""},
		{"chat_wsh_helpers.go", "package main\n", ""},
		{"notes.go.txt", hooked, ""},
		{"helo_ws.go", "package main\n", ""},
		{"lib/helo_ws.go", strings.Replace(hooked, "package main", "package lib", 1), ""},
		{"helo_test.go", hooked, ""},
		{"wsh.go", "package main\n", ""},
		{"helo_wsh.go~", hooked, ""},
		{"helo_wsh.go.orig", hooked, ""},
		{".helo-wsh.go", hooked, ""},
		{"vendor/helo-wsh.go", hooked, ""},
		{"notes.txt", hooked, ""},
	} {
		dir := folder(t, test.name, test.text)
		r := open(t, dir, plugins.Config{})
		if test.want != "" {
			e := r.expect(plugins.Warning, test.name, "", 0)
			if want := filepath.Join(dir, test.name) + ": it is no handler by this name: call it " + test.want; e.Err.Error() != want || e.Unserved {
				t.Errorf("got %v, want %s", e.Err, want)
			}
		}
		r.write("ok_wsh.go", "ok")
		r.expect(plugins.Loaded, "ok_wsh.go", "/ok", 1) // and no warning again
	}
}

// TestACopyOfAHandlerIsNotMisnamed: the one of the right name is there too.
func TestACopyOfAHandlerIsNotMisnamed(t *testing.T) {
	r := open(t, folder(t, "x_wsh.go", "x", "x_wsh.go.txt", "", "x-wsh.go", "", "x_ws.go", hooked, "x_wsh (1).go", hooked, "x_wsh2.go", hooked), plugins.Config{})
	r.expect(plugins.Loaded, "x_wsh.go", "/x", 1)
	r.write("ok_wsh.go", "ok")
	r.expect(plugins.Loaded, "ok_wsh.go", "/ok", 1)
}

func TestAMisnamedHandlerIsSeenWhenItIsWritten(t *testing.T) {
	dir := folder(t, "ok_wsh.go", "ok", "helo.go", "package main\n")
	r := open(t, dir, plugins.Config{})
	r.expect(plugins.Loaded, "ok_wsh.go", "/ok", 1)
	r.write("helo.go", hooked)
	r.expect(plugins.Warning, "helo.go", "", 0)
}
