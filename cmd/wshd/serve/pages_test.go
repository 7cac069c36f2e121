package serve

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"wshd/cmd/wshd/hint"
	"wshd/plugins"
)

func TestWhyThereIsNothing(t *testing.T) {
	routes := func() []plugins.Route {
		return []plugins.Route{{Path: "/good", Script: "good_wsh.go", Version: 1}, {Path: "/bad", Script: "bad_wsh.go", Err: fs.ErrInvalid},
			{Path: "/rooms/{room}", Script: "a/rooms_wsh.go"}}
	}
	root := t.TempDir()
	for _, name := range []string{"hello.go", "old_wsh.py"} {
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	why := whyMissing(root, routes, func(path string) (plugins.Route, bool) {
		for _, r := range routes() {
			if r.Path == path {
				return r, true
			}
		}
		return plugins.Route{}, false
	})
	for path, want := range map[string]string{
		"/none": "", "/../../etc/passwd": "", "/": "",
		"/a/rooms": "a/rooms_wsh.go says that it is at /rooms/{room}",
		"/bad":     "bad_wsh.go does not load:\n\ninvalid argument",
		"/good/":   "nothing is served here; did you mean /good?",
		"/god":     "nothing is served here; did you mean /good?",
		"/hello":   root + "/hello.go is no handler: call it hello_wsh.go",
		"/old":     root + "/old_wsh.py is Python, which is not run: docs/coming-from-pywebsocket.md says how to write it in Go",
	} {
		if got := why(path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}

func TestPagesTellTheHandlersToThisMachineOnly(t *testing.T) {
	routes := func() []plugins.Route {
		return []plugins.Route{{Path: "/a", Script: "a_wsh.go", Version: 2, Hooks: []string{"TransferData"}, Doc: "A answers. Always."}, {Path: "/b", Script: "b_wsh.go", Err: fs.ErrInvalid}}
	}
	for _, tt := range []struct {
		name  string
		local bool
		want  string
	}{
		{"loopback", true, `{"root":"handlers","program":` + strconv.Quote(hint.Typed(os.Args[0])) + `,"handlers":[` +
			`{"path":"/a","script":"a_wsh.go","synopsis":"A answers.","doc":"A answers. Always.","hooks":["TransferData"],"version":2},` +
			`{"path":"/b","script":"b_wsh.go","version":0,"error":{"text":"invalid argument"}}]}`},
		{"public", false, "null"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pages := builtinPages(tt.local, "handlers", routes)
			got, err := fs.ReadFile(pages, "handlers.json")
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v, want %s", got, err, tt.want)
			}
			if _, err := fs.Stat(pages, "console.html"); err != nil {
				t.Error(err)
			}
		})
	}
}
