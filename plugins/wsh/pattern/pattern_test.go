package pattern

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"wshd/plugins/wsh/growth"
)

func setOf(t testing.TB, patterns ...string) *Set {
	t.Helper()
	s := new(Set)
	for _, p := range patterns {
		if err := Check(p); err != nil {
			t.Fatal(err)
		}
		if with := s.Add(p); with != "" {
			t.Fatalf("%s conflicts with %s", p, with)
		}
	}
	return s
}

func TestMatch(t *testing.T) {
	s := setOf(t, "/rooms/{room}", "/rooms/{room}/log", "/rooms/main/log", "/files/{path...}", "/docs/", "/end/{$}", "/café/{x}", "/my%20chat/{x}")
	for path, want := range map[string]string{
		"/rooms/lobby":            "/rooms/{room} map[room:lobby]",
		"/rooms/caf%C3%A9":        "/rooms/{room} map[room:café]",
		"/rooms/café":             "/rooms/{room} map[room:café]",
		"/rooms/%6Cobby":          "/rooms/{room} map[room:lobby]",
		"/rooms/a%26b%2Fc":        "/rooms/{room} map[room:a&b/c]",
		"/rooms/a/log":            "/rooms/{room}/log map[room:a]",
		"/rooms/main/log":         "/rooms/main/log map[]",
		"/rooms/main/x":           "",
		"/rooms/%7Broom%7D":       "/rooms/{room} map[room:{room}]",
		"/rooms/":                 "",
		"/rooms":                  "",
		"/rooms/a/":               "",
		"/rooms/a/b":              "",
		"/r%6Foms/lobby":          "",
		"//rooms/lobby":           "",
		"/rooms/./lobby":          "",
		"/rooms/..":               "",
		"/rooms/%2E%2E":           "",
		"/rooms/x%2F..%2F..%2Fa":  "",
		"/rooms/x%2F":             "/rooms/{room} map[room:x/]",
		"/rooms/x%2F%2Fy":         "",
		"/rooms/%zz":              "",
		"/files/":                 "/files/{path...} map[path:]",
		"/files":                  "",
		"/files/a/b/":             "/files/{path...} map[path:a/b/]",
		"/files/a//b":             "",
		"/docs/":                  "/docs/ map[]",
		"/docs/a/b":               "/docs/ map[]",
		"/docs":                   "",
		"/end/":                   "/end/{$} map[]",
		"/end/x":                  "",
		"/caf%C3%A9/1":            "/café/{x} map[x:1]",
		"/caf%c3%a9/1":            "",
		"/my%20chat/1":            "/my%20chat/{x} map[x:1]",
		"":                        "",
		"*":                       "",
		"/rooms/" + "%00%FF":      "/rooms/{room} map[room:\x00\xff]",
		"http://x/rooms/lobby":    "",
		"/files/%2E%2E/%2e%2e/ok": "",
	} {
		got := ""
		if text, values, ok := s.Match(path); ok {
			got = fmt.Sprint(text, " ", values)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

// What is matched must be what http.ServeMux itself has, but for what it would clean up.
func TestMatchIsServeMux(t *testing.T) {
	patterns := []string{"/a/{x}", "/a/b", "/a/b/{x}/{y...}", "/a/b/c", "/b/{x}/", "/{x}", "/{$}"}
	s, mux := setOf(t, patterns...), http.NewServeMux()
	for _, p := range patterns {
		mux.HandleFunc(p, func(http.ResponseWriter, *http.Request) {})
	}
	elements := []string{"", "/", "/a", "/b", "/c", "/d", "/%2F", "/é"}
	for _, a := range elements {
		for _, b := range elements {
			for _, c := range elements {
				path := a + b + c
				u, err := url.Parse("http://x" + path)
				if err != nil || strings.Contains(path, "//") || strings.Contains(path, "%2F") || path == "" {
					continue
				}
				q, answer := &http.Request{Method: "GET", Host: "x", URL: u}, httptest.NewRecorder()
				mux.ServeHTTP(answer, q)
				want := q.Pattern
				if answer.Code != http.StatusOK { // it redirects to a path with a slash at its end
					want = ""
				}
				if got, _, _ := s.Match(path); want != got {
					t.Errorf("%s: got %q, want %q", path, got, want)
				}
			}
		}
	}
}

func TestConflicts(t *testing.T) {
	for _, tt := range []struct {
		first, second string
		conflict      bool
	}{
		{"/rooms/{room}", "/rooms/{id}", true},
		{"/{a}/x", "/x/{b}", true},
		{"/rooms/{room}", "/rooms/lobby", false},
		{"/rooms/{room}", "/rooms/{path...}", false},
		{"/files/", "/files/{path...}", true},
	} {
		s := setOf(t, "/other/{x}/y", tt.first)
		if with := s.Add(tt.second); (with == tt.first) != tt.conflict || with != "" && with != tt.first {
			t.Errorf("%s after %s: got %q", tt.second, tt.first, with)
		}
	}
}

func TestCheck(t *testing.T) {
	for text, want := range map[string]string{
		"/rooms/{room}":      "",
		"/{a}/{b...}":        "",
		"rooms/{room}":       "does not begin with /",
		"GET /rooms":         "does not begin with /",
		"example.com/{room}": "does not begin with /",
		"/a b/{x}":           "a blank is written %20",
		"/a/{x}?y":           "more than a path",
		"/a/{x":              "bad wildcard segment",
		"/a/{x}y":            "bad wildcard segment",
		"/a/{x}/{x}":         `duplicate wildcard name "x"`,
		"/a/{x...}/b":        "not at end",
		"/a/%2E%2E/{x}":      "matches nothing",
		"/a/%zz/{x}":         "matches nothing",
		"/a/{}":              "empty wildcard",
		"/a/{1}":             "bad wildcard name",
		"/a//{x}":            "matches nothing",
	} {
		err := Check(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestShape(t *testing.T) {
	for text, want := range map[string]string{"/a": "/a", "/a/{x}/b/{$}": "/a/{}/b/{$}", "/{y}/{z...}": "/{}/{...}"} {
		if got := Shape(text); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestDeclared(t *testing.T) {
	const text = `//go:build ignore

//wsh:path /rooms/{room}
//wsh:path /{a...}

// Rooms has rooms. See wsh:path, and
// wsh:path /late
//wsh:path
//wsh:path /a /b
//wsh:root /x
//wsh:path /a/{
package main

//wsh:path /below

var s = "//wsh:path /text"
`
	want := []string{
		"3:1 /rooms/{room}", "4:1 /{a...}", "7:1 this is prose", "8:1 //wsh:path wants one pattern, got 0", "9:1 //wsh:path wants one pattern, got 2",
		"10:1 //wsh:root is not known", `11:1 "/a/{" is no pattern`, "14:1 //wsh:path has no effect below",
	}
	got := Of("x_wsh.go", []byte(text))
	if len(got) != len(want) {
		t.Fatalf("got %d: %v", len(got), got)
	}
	for i, d := range got {
		line := fmt.Sprintf("%d:%d %s", d.Pos.Line, d.Pos.Column, d.Pattern)
		if d.Err != nil {
			line = fmt.Sprintf("%d:%d %v", d.Pos.Line, d.Pos.Column, d.Err)
		}
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("got %s, want %s", line, want[i])
		}
	}
}

// FuzzMatch finds what matches and is not what its rules take it for.
func FuzzMatch(f *testing.F) {
	f.Add("/rooms/%6Cobby")
	f.Add("/files/a%2F..%2Fb")
	s := setOf(f, "/rooms/{room}", "/files/{path...}", "/rooms/{room}/log")
	f.Fuzz(func(t *testing.T, raw string) {
		text, values, ok := s.Match(raw)
		if !ok {
			return
		}
		name, err := url.PathUnescape(raw)
		if err != nil || !clean(name) {
			t.Fatalf("%q matches %s", raw, text)
		}
		for key, value := range values {
			for _, form := range []string{"{" + key + "}", "{" + key + "...}"} {
				text = strings.Replace(text, form, value, 1)
			}
		}
		if text != name {
			t.Errorf("%q: got %q, want %q", raw, text, name)
		}
	})
}

// A stranger's long path costs what it weighs.
func BenchmarkMatch(b *testing.B) {
	s := setOf(b, "/rooms/{room}", "/a/{b}/{c}/{d}/{e...}", "/a/b/{c}/d")
	for name, unit := range map[string]string{"Slashes": "/a", "Escapes": "%61", "Letters": "abc"} {
		b.Run(name, func(b *testing.B) {
			growth.Doubling(b, 1<<10, 1<<16, func(n int) func() {
				path := "/a/b" + strings.Repeat(unit, n/len(unit))
				return func() { s.Match(path) }
			})
		})
	}
}

// What it costs does not grow with the patterns that are elsewhere.
func BenchmarkPatterns(b *testing.B) {
	growth.Doubling(b, 16, 4096, func(n int) func() {
		s := new(Set)
		for i := range n {
			s.Add(fmt.Sprintf("/p%d/{x}", i))
		}
		return func() { s.Match("/p7/x") }
	})
}
