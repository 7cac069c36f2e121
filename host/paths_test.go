package host

import (
	"net/http"
	"net/url"
	"testing"
)

func TestNearestPatternWins(t *testing.T) {
	c := &Config{Paths: map[string]*Rules{}}
	names := map[*Rules]string{&c.Rules: "general"}
	for _, pattern := range []string{"/a", "/a/", "/a/b/c", "/x/y/", "/x", "/é"} {
		c.Paths[pattern] = new(Rules)
		names[c.Paths[pattern]] = pattern
	}
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
	for _, path := range []string{"", "/", "/other", "/x/z"} {
		if c.rulesFor(&http.Request{URL: &url.URL{Path: path}}) != root {
			t.Errorf("%s: got not the rules of /", path)
		}
	}
}
