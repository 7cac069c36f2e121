package plugins_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"wshd/plugins"
	"wshd/plugins/script"
)

// matches wants the handler at path to be of a script with this text, and its wildcards to stand for these values.
func (r *root) matches(path, text, values string) {
	r.Helper()
	r.serves(path, text)
	if got := fmt.Sprint(r.Lookup(r.Context(), path).Values); got != values {
		r.Errorf("%s: got %s, want %s", path, got, values)
	}
}

const none = "map[]"

func TestPatternsReplaceTheFilesPath(t *testing.T) {
	room, many := "//wsh:path /rooms/{room}\n//wsh:path /r/{room}\n\npackage room", "//wsh:path /files/{path...}\npackage many"
	dir := folder(t, "chat_wsh.go", room, "many_wsh/one.go", many, "many_wsh/two.go", "package many", "rooms/lobby_wsh.go", "lobby", "plain_wsh.go", "//wsh:path /exact\npackage plain")
	r := loaded(t, dir, plugins.Config{}, "/rooms/{room} /r/{room}", "/files/{path...}", "/rooms/lobby", "/exact")
	r.matches("/rooms/a%26b", room, "map[room:a&b]")
	r.matches("/r/x", room, "map[room:x]")
	r.matches("/rooms/lobby", "lobby", none)
	r.matches("/files/a/b", many+"+package many", "map[path:a/b]")
	r.serves("/exact", "//wsh:path /exact\npackage plain")
	for _, path := range []string{"/chat", "/many", "/plain", "/rooms/a/b", "/rooms/"} {
		r.serves(path, "")
	}
	want := `/exact plain_wsh.go v1
/files/{path...} many_wsh v1
/r/{room} chat_wsh.go v1
/rooms/lobby rooms/lobby_wsh.go v1
/rooms/{room} chat_wsh.go v1`
	if got := listing(r.Registry); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if route, ok := r.RouteOf("/rooms/x"); !ok || route.Path != "/rooms/{room}" {
		t.Errorf("got %v, %v", route, ok)
	}
	if served := r.Lookup(t.Context(), "/rooms/a%2fb").Served; len(served) != 1 || served[0] != "/rooms/{room}" {
		t.Errorf("a slash that is escaped: got %v", served)
	}
}

func TestPatternsFollowWhatIsSaved(t *testing.T) {
	one, two := "//wsh:path /one/{x}\npackage one", "//wsh:path /two/{y}\npackage two"
	r := loaded(t, folder(t, "a_wsh.go", one), plugins.Config{}, "/one/{x}")
	r.write("a_wsh.go", "//wsh:path /broken/{x}\npackage broken")
	r.expect(plugins.Failed, "a_wsh.go", "/one/{x}", 1)
	r.matches("/one/1", one, "map[x:1]") // the last good version goes on, where it was
	r.serves("/broken/1", "")
	r.write("a_wsh.go", two)
	r.expect(plugins.Reloaded, "a_wsh.go", "/two/{y}", 2)
	r.matches("/two/1", two, "map[y:1]")
	r.serves("/one/1", "")
	r.write("a_wsh.go", "package a")
	r.expect(plugins.Reloaded, "a_wsh.go", "/a", 3)
	r.serves("/a", "package a")
	r.serves("/two/1", "")
}

func TestWrongPatternsAreErrorsOfTheScript(t *testing.T) {
	r := open(t, folder(t, "a_wsh.go", "//wsh:path /rooms/{room\n//wsh:path /x\n//wsh:path /x\npackage a"), plugins.Config{})
	e := r.expect(plugins.Failed, "a_wsh.go", "/x", 0)
	var list script.Errors
	if !errors.As(e.Err, &list) || len(list) != 2 || list[0].Pos.Line != 1 || !strings.Contains(list[0].Msg, "bad wildcard") || list[1].Pos.Line != 3 {
		t.Errorf("got %v", e.Err)
	}
}

func TestConflictsNameBothFiles(t *testing.T) {
	dir := folder(t, "a_wsh.go", "//wsh:path /rooms/{room}\npackage a", "b_wsh.go", "\n//wsh:path /rooms/{id}\n//wsh:path /b\npackage b", "c_wsh.go", "//wsh:path /{x}/log\npackage c",
		"d_wsh.go", "//wsh:path /plain\npackage d", "plain_wsh.go", "plain", "e_wsh.go", "//wsh:path /e/{z}\npackage e")
	r := open(t, dir, plugins.Config{Aliases: []plugins.Alias{{Path: "/{y}/f", Target: "/plain", Where: "config.yaml:3"}}})
	for _, want := range []string{
		dir + "/b_wsh.go:2: not served at /rooms/{id}: " + dir + "/a_wsh.go:1 has /rooms/{room}, which matches the same paths",
		dir + "/c_wsh.go:1: not served at /{x}/log: " + dir + "/a_wsh.go:1 has /rooms/{room}: some paths match both, and neither is more specific",
		dir + "/d_wsh.go:1: not served at /plain: " + dir + "/plain_wsh.go has that path",
		dir + "/a_wsh.go:1: not served at /rooms/{room}: config.yaml:3 has /{y}/f: some paths match both, and neither is more specific",
		dir + "/e_wsh.go:1: not served at /e/{z}: config.yaml:3 has /{y}/f: some paths match both, and neither is more specific",
	} {
		if e := r.next(plugins.Warning); e.Err.Error() != want || !e.Unserved {
			t.Errorf("got  %v\nwant %s", e.Err, want)
		}
	}
	for range 6 {
		r.next(plugins.Loaded)
	}
	r.serves("/plain", "plain")
	r.serves("/x/f", "plain")
}

func TestAliasesHavePatterns(t *testing.T) {
	room := "//wsh:path /rooms/{room}\npackage room"
	dir := folder(t, "chat_wsh.go", room, "echo_wsh.go", "echo", "own_wsh.go", "//wsh:path /hidden/{a}\npackage own")
	r := open(t, dir, plugins.Config{Aliases: alias(
		"/e/{x}", "/echo",
		"/lobby", "/rooms/lobby",
		"/talk/{room}", "/rooms/{room}",
		"/bad/{other}", "/rooms/{room}",
		"/worse", "/rooms/{room}",
		"/hidden/{b}", "/echo",
		"/twice/{x}", "/rooms/lobby", "/twice/{x}", "/echo",
		"/slash/", "/echo",
	)})
	for _, want := range []string{
		"map.txt:7: alias /bad/{other} has no effect: nothing in it is {room} of /rooms/{room}",
		"map.txt:7: alias /worse has no effect: nothing in it is {room} of /rooms/{room}",
	} {
		if e := r.next(plugins.Warning); e.Err.Error() != want {
			t.Errorf("got %v, want %s", e.Err, want)
		}
	}
	for range 3 {
		r.next(plugins.Loaded)
	}
	r.matches("/e/1", "echo", "map[x:1]")
	r.matches("/lobby", room, "map[room:lobby]")
	r.matches("/talk/a", room, "map[room:a]")
	r.matches("/hidden/1", "echo", "map[b:1]")
	r.matches("/twice/1", "echo", "map[x:1]")
	r.serves("/slash/", "echo")
	r.serves("/slash/x", "")
	for path, want := range map[string]string{"/lobby": "[/rooms/lobby /rooms/{room}]", "/talk/a": "[/rooms/{room}]", "/talk/a%2Fb": "[/rooms/{room} /talk/{room}]", "/rooms/a": "[]", "/echo": "[]", "/e/1": "[/echo]"} {
		if got := fmt.Sprint(r.Lookup(t.Context(), path).Served); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}
