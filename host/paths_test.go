package host

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"wshd/plugins/wsh/growth"
)

func TestNearestPatternWins(t *testing.T) {
	c := &Config{Paths: map[string]*Rules{}}
	names := map[*Rules]string{&c.Rules: "general"}
	for _, pattern := range []string{"/a", "/a/", "/a/b/c", "/x/y/", "/x", "/é"} {
		c.Paths[pattern] = new(Rules)
		names[c.Paths[pattern]] = pattern
	}
	c.tree = treeOf(c.Paths)
	for _, tt := range []struct{ path, want string }{
		{"/", "general"}, {"", "general"}, {"/other", "general"}, {"/ab", "general"},
		{"/a", "/a"}, {"/a/", "/a"}, {"/a/b", "/a/"}, {"/a/b/c", "/a/b/c"}, {"/a/b/c/", "/a/b/c"}, {"/a/b/c/d", "/a/"},
		{"/x", "/x"}, {"/x/", "/x"}, {"/x/z", "general"}, {"/x/y", "/x/y/"}, {"/x/y/", "/x/y/"}, {"/x/y/z/z", "/x/y/"}, {"/x/yz", "general"},
		{"//a", "/a"}, {"/./a", "/a"}, {"/b/../a", "/a"}, {"/a/../b", "general"}, {"/../../a/x", "/a/"}, {"/é", "/é"}, {"a", "/a"},
	} {
		if got := names[c.rulesFor(&http.Request{URL: &url.URL{Path: tt.path}})]; got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.path, got, tt.want)
		}
	}
	root := new(Rules)
	c.Paths["/"] = root
	c.tree = treeOf(c.Paths)
	for _, path := range []string{"", "/", "/other", "/x/z"} {
		if c.rulesFor(&http.Request{URL: &url.URL{Path: path}}) != root {
			t.Errorf("%s: got not the rules of /", path)
		}
	}
}

func TestPatternsInPaths(t *testing.T) {
	c := &Config{Paths: map[string]*Rules{}}
	names := map[*Rules]string{&c.Rules: "general"}
	for _, pattern := range []string{"/rooms/{room}", "/rooms/vip", "/rooms/{room}/log", "/files/{path...}", "/files/open/"} {
		c.Paths[pattern] = new(Rules)
		names[c.Paths[pattern]] = pattern
	}
	c.tree = treeOf(c.Paths)
	for path, want := range map[string]string{
		"/rooms/x": "/rooms/{room}", "/rooms/vip": "/rooms/vip", "/rooms/vip/log": "/rooms/{room}/log", "/rooms": "general", "/rooms/x/y": "general",
		"/files/x/y": "/files/{path...}", "/files/open/x": "/files/open/", "/rooms/{id}": "/rooms/{room}", "/files/{p...}": "/files/{path...}", "/": "general",
	} {
		if got := names[c.rulesAt(path)]; got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// deep is a request for a path of n segments.
func deep(n int) *http.Request {
	return &http.Request{URL: &url.URL{Path: strings.Repeat("/x", n)}}
}

func guarded() *Config {
	c := &Config{Paths: map[string]*Rules{"/admin": new(Rules), "/x/": new(Rules), "/rooms/a/": new(Rules)}}
	c.tree = treeOf(c.Paths)
	return c
}

// Anybody may send a path of as many segments as the head holds. To look at what is left after each
// takes two seconds for 30,000, and this test as many minutes.
func TestLongPathsAreWalkedOnce(t *testing.T) {
	c, q := guarded(), deep(30_000)
	start := time.Now()
	for range 60 {
		if c.rulesFor(q) != c.Paths["/x/"] {
			t.Fatal("got not the rules of /x/")
		}
	}
	if took := time.Since(start); took > patience {
		t.Errorf("60 paths of 30,000 segments took %v", took)
	}
}

func BenchmarkRulesFor(b *testing.B) {
	c := guarded()
	growth.Doubling(b, 1<<10, 1<<15, func(n int) func() {
		q := deep(n)
		return func() { c.rulesFor(q) }
	})
}
