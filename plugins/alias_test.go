package plugins_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"wshd/plugins"
)

func alias(words ...string) (aliases []plugins.Alias) {
	for i := 0; i < len(words); i += 2 {
		aliases = append(aliases, plugins.Alias{Path: words[i], Target: words[i+1], Where: "map.txt:7"})
	}
	return aliases
}

func TestAliases(t *testing.T) {
	dir := folder(t, "echo_wsh.go", "echo", "close_wsh.go", "close", "a/b_wsh.go", "b", "broken_wsh.go", "broken")
	r := open(t, dir, plugins.Config{Aliases: alias(
		"/first", "/close", // before /close is hidden
		"/chain", "/later", // not there yet
		"/", "/echo",
		"/later", "/",
		"/close", "/echo",
		"/deep/er", "/a/b",
		"/twice", "/echo",
		"/twice", "/a/b",
		"/kept", "/echo",
		"/kept", "/nothing",
		"/echo ", "/echo",
		"/bad", "/broken",
	)})
	for _, path := range []string{"/chain", "/kept"} {
		if e := r.expect(plugins.Warning, "", path, 0); !strings.HasPrefix(e.Err.Error(), "map.txt:7: alias "+path+" ") {
			t.Errorf("got %v", e.Err)
		}
	}
	for range 4 {
		r.nextOf(plugins.Loaded, plugins.Failed)
	}
	for path, text := range map[string]string{
		"/": "echo", "/later": "echo", "/close": "echo", "/first": "close", "/deep/er": "b", "/twice": "b",
		"/kept": "echo", "/echo": "echo", "/chain": "", "/nothing": "", "/bad": "",
	} {
		r.serves(path, text)
	}
	want := `/ echo_wsh.go v1 as /echo
/a/b a/b_wsh.go v1
/bad broken_wsh.go v0 as /broken broken
/broken broken_wsh.go v0 broken
/close echo_wsh.go v1 as /echo
/deep/er a/b_wsh.go v1 as /a/b
/echo echo_wsh.go v1
/echo%20 echo_wsh.go v1 as /echo
/first close_wsh.go v1 as /close
/kept echo_wsh.go v1 as /echo
/later echo_wsh.go v1 as /
/twice a/b_wsh.go v1 as /a/b`
	if got := listing(r.Registry); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAliasFollowsItsTarget(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			c := mode.config
			c.Aliases = alias("/x", "/y", "/z", "/x")
			r := loaded(t, folder(t, "x_wsh.go", "x", "y_wsh.go", "one"), c, "/x", "/y")
			r.serves("/z", "one")

			r.write("y_wsh.go", "two")
			r.expect(plugins.Reloaded, "y_wsh.go", "/y", 2)
			r.serves("/z", "two")

			r.remove("y_wsh.go")
			r.expect(plugins.Removed, "y_wsh.go", "/y", 0)
			r.expect(plugins.Warning, "", "/x", 0)
			r.serves("/x", "x") // no longer hidden
			r.serves("/z", "x")

			r.write("y_wsh.go", "three")
			r.expect(plugins.Loaded, "y_wsh.go", "/y", 3)
			r.serves("/x", "three")
			r.serves("/z", "three")

			r.remove("y_wsh.go") // warned of again: it was there meanwhile
			r.expect(plugins.Removed, "y_wsh.go", "/y", 0)
			r.expect(plugins.Warning, "", "/x", 0)
		})
	}
}

func TestMapFile(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []plugins.Alias
		errs       []string
	}{
		{name: "empty"},
		{name: "comments and blank lines", text: "# a b\n\n   \n  # indented\n\t\n#"},
		{name: "aliases", text: "/ /echo\n/a\t \t/b/c\n/d /e", want: []plugins.Alias{
			{"/", "/echo", "FILE:1"}, {"/a", "/b/c", "FILE:2"}, {"/d", "/e", "FILE:3"}}},
		{name: "blanks at both ends", text: "  /a /b  \n", want: []plugins.Alias{{"/a", "/b", "FILE:1"}}},
		{name: "windows", text: "\ufeff/a /b\r\n# c\r\n\r\n/d /e\r\n", want: []plugins.Alias{{"/a", "/b", "FILE:1"}, {"/d", "/e", "FILE:4"}}},
		{name: "good and bad", text: "/a /b\nmalformed\ntoo many words here\n/c /d\n", want: []plugins.Alias{
			{"/a", "/b", "FILE:1"}, {"/c", "/d", "FILE:4"}},
			errs: []string{"FILE:2: want 2 paths, got 1", "FILE:3: want 2 paths, got 4"}},
		{name: "no slash", text: "a /b\n/a b\n", errs: []string{`FILE:1: "a" does not begin with /`, `FILE:2: "b" does not begin with /`}},
		{name: "query", text: "/a /b?c\n/a#d /b\n", errs: []string{`FILE:1: "/b?c" is more than a path (a ? or # of a name is written %3F or %23, a blank %20)`, `FILE:2: "/a#d" is more than a path (a ? or # of a name is written %3F or %23, a blank %20)`}},
		{name: "comment behind", text: "/a /b # c\n", errs: []string{"FILE:1: want 2 paths, got 4"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(folder(t, "map.txt", test.text), "map.txt")
			for i := range test.want {
				test.want[i].Where = strings.Replace(test.want[i].Where, "FILE", file, 1)
			}
			got, err := plugins.ReadMapFile(file)
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			var bad plugins.MapErrors
			if errors.As(err, &bad) != (len(test.errs) > 0) || len(bad) != len(test.errs) {
				t.Fatalf("got error %v, want %v", err, test.errs)
			}
			for i, want := range test.errs {
				if want = strings.Replace(want, "FILE", file, 1) + "; "; !strings.HasPrefix(bad[i].Error(), want) {
					t.Errorf("got %v, want %s", bad[i], want)
				}
			}
		})
	}
}

func TestMapFileThatIsNotThere(t *testing.T) {
	if _, err := plugins.ReadMapFile(filepath.Join(t.TempDir(), "map.txt")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that it does not exist", err)
	}
}

func FuzzMapFile(f *testing.F) {
	for _, text := range []string{"", "/ /echo\n", "# x\n/a /b\r\n", "malformed\n", "too many words here", "\ufeff/a\t/b", "/a\x00 /b", "/a /b?"} {
		f.Add(text)
	}
	file := filepath.Join(f.TempDir(), "map.txt")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		aliases, err := plugins.ReadMapFile(file)
		var bad plugins.MapErrors
		if err != nil && !errors.As(err, &bad) {
			t.Fatal(err)
		}
		if lines := strings.Count(text, "\n") + 1; len(aliases)+len(bad) > lines {
			t.Errorf("%d aliases and %d errors of %d lines", len(aliases), len(bad), lines)
		}
		for _, a := range aliases {
			if a.Path[0] != '/' || a.Target[0] != '/' || !strings.HasPrefix(a.Where, file+":") {
				t.Errorf("got %+v", a)
			}
		}
	})
}
