package plugins_test

import (
	"testing"

	"wshd/plugins"
)

// What a URL escapes can be a handler's name: it answers to the name itself and to what a browser sends
// for it, and to no other way to write that. Addresses are told as a browser sends them.
func TestNamesThatAURLEscapes(t *testing.T) {
	dir := folder(t,
		"聊天_wsh.go", "talk",
		"café/my chat_wsh.go", "chat",
		"c#_wsh.go", "sharp",
		"100%_wsh.go", "all",
		"what?_wsh/a.go", "what",
		"a^b_wsh.go", "caret",
		"a%20b_wsh.go", "percent",
		"echo_wsh.go", "echo",
	)
	r := loaded(t, dir, plugins.Config{Aliases: []plugins.Alias{
		{Path: "/sharp", Target: "/c%23"}, {Path: "/auch scharf", Target: "/c#"}, {Path: "/%C3%A9cho", Target: "/echo"}, {Path: "/e%63ho", Target: "/echo"},
	}}, "/%E8%81%8A%E5%A4%A9", "/caf%C3%A9/my%20chat", "/c%23", "/100%25", "/what%3F", "/a%5Eb", "/a%2520b", "/echo")
	for path, text := range map[string]string{
		"/聊天": "talk", "/%E8%81%8A%E5%A4%A9": "talk", "/%e8%81%8a%e5%a4%a9": "", "/聊%E5%A4%A9": "",
		"/café/my chat": "chat", "/caf%C3%A9/my%20chat": "chat", "/caf%C3%A9/my+chat": "", "/caf%C3%A9%2Fmy%20chat": "", "/café/my%20chat": "",
		"/c#": "sharp", "/c%23": "sharp", "/100%": "all", "/100%25": "all", "/what%3F": "what",
		"/a^b": "caret", "/a%5Eb": "caret", "/a%20b": "percent", "/a%2520b": "percent",
		"/sharp": "sharp", "/auch%20scharf": "sharp", "/auch scharf": "sharp", "/%C3%A9cho": "echo", "/écho": "echo", "/e%63ho": "echo",
		"/%65cho": "", "/ech%6F": "", "/echo%20": "", "/": "",
	} {
		r.serves(path, text)
	}
	want := `/%C3%A9cho echo_wsh.go v1 as /echo
/%E8%81%8A%E5%A4%A9 聊天_wsh.go v1
/100%25 100%_wsh.go v1
/a%2520b a%20b_wsh.go v1
/a%5Eb a^b_wsh.go v1
/auch%20scharf c#_wsh.go v1 as /c%23
/c%23 c#_wsh.go v1
/caf%C3%A9/my%20chat café/my chat_wsh.go v1
/e%2563ho echo_wsh.go v1 as /echo
/echo echo_wsh.go v1
/sharp c#_wsh.go v1 as /c%23
/what%3F what?_wsh v1`
	if got := listing(r.Registry); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
