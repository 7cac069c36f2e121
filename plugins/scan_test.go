package plugins_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"wshd/plugins"
)

// listing is a registry's routes as text.
func listing(r *plugins.Registry) string {
	var lines []string
	for _, route := range r.Routes() {
		line := fmt.Sprintf("%s %s v%d", route.Path, route.Script, route.Version)
		if route.AliasOf != "" {
			line += " as " + route.AliasOf
		}
		if route.Err != nil {
			line += " broken"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestScanMapsFilesAndFoldersToPaths(t *testing.T) {
	dir := folder(t,
		"echo_wsh.go", "echo",
		"a/chat_wsh.go", "chat",
		"a/b/c/deep_wsh.go", "deep",
		"a/game_wsh/one.go", "one",
		"a/game_wsh/two.go", "two",
		"a/game_wsh/two_test.go", "test",
		"a/game_wsh/sub/x_wsh.go", "no handler",
		"_wsh.go", "root",
		"a/_wsh.go", "folder",
		"Upper_wsh.go", "upper",
		".hidden/x_wsh.go", "broken",
		".x_wsh.go", "broken",
		"a/vendor/x_wsh.go", "broken",
		"x_wsh.go~", "broken",
		"x_wsh.txt", "broken",
		"x_wsh_test.go", "broken",
		"lib/x.go", "broken",
		"empty_wsh/README", "no Go files",
	)
	r := loaded(t, dir, plugins.Config{}, "/echo", "/a/chat", "/a/b/c/deep", "/a/game", "/", "/a/", "/Upper")
	want := `/ _wsh.go v1
/Upper Upper_wsh.go v1
/a/ a/_wsh.go v1
/a/b/c/deep a/b/c/deep_wsh.go v1
/a/chat a/chat_wsh.go v1
/a/game a/game_wsh v1
/echo echo_wsh.go v1`
	if got := listing(r.Registry); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for path, text := range map[string]string{
		"/echo": "echo", "/a/b/c/deep": "deep", "/": "root", "/a/": "folder",
		"/echo/": "", "//echo": "", "/ECHO": "", "/%65cho": "", "/./echo": "", "/a": "", "/echo_wsh": "", "echo": "", "": "",
		"/a/game/sub/x": "", "/x": "", "/a/vendor/x": "", "/empty": "",
	} {
		r.serves(path, text)
	}
	r.serves("/a/game", "one+two+test") // the fake loader takes them all
}

func TestScanKeepsFullPaths(t *testing.T) {
	dir := folder(t, "a_wsh.go", "broken", "in/b_wsh.go", "b", "in/sub/c_wsh.go", "c", "inner/d_wsh.go", "broken", "in/x_wsh.py", "", "y_wsh.py", "")
	for _, scan := range []string{"in", "in/", "./in"} {
		r := open(t, dir, plugins.Config{Scan: scan})
		r.expect(plugins.Warning, "in", "", 0)
		r.next(plugins.Loaded)
		r.next(plugins.Loaded)
		if got, want := listing(r.Registry), "/in/b in/b_wsh.go v1\n/in/sub/c in/sub/c_wsh.go v1"; got != want {
			t.Errorf("scan %s: got\n%s\nwant\n%s", scan, got, want)
		}
	}
}

func TestOpenNeedsTheRootAndTheFolderToScan(t *testing.T) {
	dir := folder(t, "file", "", "sub/x", "")
	for _, test := range []struct{ root, scan string }{
		{filepath.Join(dir, "nothing"), ""},
		{filepath.Join(dir, "file"), ""},
		{dir, "nothing"},
		{dir, "file"},
		{dir, ".."},
		{filepath.Join(dir, "sub"), "../sub"},
		{dir, "/tmp"},
	} {
		if r, err := plugins.Open(plugins.Config{Root: test.root, Scan: test.scan}); err == nil {
			t.Errorf("root %s, scan %s: opened", test.root, test.scan)
			_ = r.Close()
		}
	}
}

func TestPythonHandlersAreWarnedOfOncePerFolder(t *testing.T) {
	dir := folder(t, "a_wsh.py", "", "b_wsh.py", "", "sub/c_wsh.py", "", "py_wsh/d_wsh.py", "", "lib/util.py", "")
	r := open(t, dir, plugins.Config{})
	for _, where := range []string{"py_wsh", "sub", ""} {
		e := r.expect(plugins.Warning, where, "", 0)
		if !strings.Contains(e.Err.Error(), "docs/coming-from-pywebsocket.md") || !strings.HasPrefix(e.Err.Error(), filepath.Join(dir, where)) {
			t.Errorf("got %v", e.Err)
		}
	}
	r.write("ok_wsh.go", "ok")
	r.expect(plugins.Loaded, "ok_wsh.go", "/ok", 1) // and no warning again
}

// To open a pipe waits for its other end: for ever. Devices are no better.
func TestOnlyRegularFilesAreHandlers(t *testing.T) {
	dir := folder(t, "a_wsh/x.go", "a", "b_wsh.go", "b", "c_wsh.go", "c")
	for _, name := range []string{"pipe_wsh.go", "lib.go", "text"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	link(t, "pipe_wsh.go", filepath.Join(dir, "same_wsh.go"))
	link(t, os.DevNull, filepath.Join(dir, "null_wsh.go"))
	r := open(t, dir, plugins.Config{AllowOutsideLinks: true})
	for _, name := range []string{"null_wsh.go", "pipe_wsh.go", "same_wsh.go"} {
		if e := r.expect(plugins.Warning, name, "", 0); !strings.Contains(e.Err.Error(), "skipped: it is not a regular file") {
			t.Errorf("got %v", e.Err)
		}
	}
	r.wait()
	for range 3 {
		r.next(plugins.Loaded)
	}
	if got, want := listing(r.Registry), "/a a_wsh v1\n/b b_wsh.go v1\n/c c_wsh.go v1"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r.remove("pipe_wsh.go")
	r.remove("same_wsh.go")
	r.write("pipe_wsh.go", "no pipe")
	r.expect(plugins.Loaded, "pipe_wsh.go", "/pipe", 1)
}

func TestFileWinsAgainstFolderOfTheSamePath(t *testing.T) {
	r := open(t, folder(t, "a_wsh.go", "file", "a_wsh/x.go", "folder"), plugins.Config{Poll: 1 << 40})
	e := r.expect(plugins.Warning, "a_wsh", "", 0)
	if want := "a_wsh.go serves /a already"; !strings.Contains(e.Err.Error(), want) {
		t.Errorf("got %v, want %s", e.Err, want)
	}
	r.expect(plugins.Loaded, "a_wsh.go", "/a", 1)
	r.serves("/a", "file")
	r.remove("a_wsh.go")
	r.expect(plugins.Reloaded, "a_wsh", "/a", 1)
	r.serves("/a", "folder")
	r.write("a_wsh.go", "file")
	r.expect(plugins.Warning, "a_wsh", "", 0)
	r.expect(plugins.Reloaded, "a_wsh.go", "/a", 2)
	r.serves("/a", "file")
}

func TestLinksOutOfTheRoot(t *testing.T) {
	outside := folder(t, "x_wsh.go", "outside", "in/y_wsh.go", "outside", "lib.go", "")
	lay := func(t *testing.T) string {
		dir := folder(t, "real/z_wsh.go", "z", "real/text", "")
		link(t, filepath.Join(outside, "x_wsh.go"), filepath.Join(dir, "x_wsh.go"))
		link(t, filepath.Join(outside, "in"), filepath.Join(dir, "in"))
		link(t, outside, filepath.Join(dir, "f_wsh"))
		link(t, filepath.Join(outside, "lib.go"), filepath.Join(dir, "lib.go"))
		link(t, "real", filepath.Join(dir, "same"))
		link(t, "real/z_wsh.go", filepath.Join(dir, "w_wsh.go"))
		return dir
	}
	t.Run("skipped", func(t *testing.T) {
		r := open(t, lay(t), plugins.Config{})
		for _, script := range []string{"f_wsh", "in", "x_wsh.go"} {
			if e := r.expect(plugins.Warning, script, "", 0); !strings.Contains(e.Err.Error(), outside) {
				t.Errorf("got %v, want it to name %s", e.Err, outside)
			}
		}
		for range 3 {
			r.next(plugins.Loaded)
		}
		r.serves("/x", "")
		r.serves("/in/y", "")
		r.serves("/w", "z")
		r.serves("/same/z", "z")
		r.write("new_wsh.go", "new")
		r.expect(plugins.Loaded, "new_wsh.go", "/new", 1) // and no warning again
	})
	t.Run("allowed", func(t *testing.T) {
		r := loaded(t, lay(t), plugins.Config{AllowOutsideLinks: true}, "/f", "/in/y", "/x", "/real/z", "/same/z", "/w")
		r.serves("/x", "outside")
		r.serves("/in/y", "outside")
	})
}

func TestLinksInCirclesEnd(t *testing.T) {
	dir := folder(t, "a/x_wsh.go", "x")
	link(t, "..", filepath.Join(dir, "a", "up"))
	link(t, ".", filepath.Join(dir, "a", "self"))
	link(t, "loop_wsh.go", filepath.Join(dir, "loop_wsh.go"))
	link(t, "nowhere", filepath.Join(dir, "gone_wsh.go"))
	link(t, "nowhere", filepath.Join(dir, "gone"))
	r := open(t, dir, plugins.Config{})
	r.expect(plugins.Warning, "gone_wsh.go", "", 0)
	r.expect(plugins.Warning, "loop_wsh.go", "", 0)
	r.expect(plugins.Loaded, "a/x_wsh.go", "/a/x", 1)
	if got, want := listing(r.Registry), "/a/x a/x_wsh.go v1"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRootMayBeALink(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			dir := folder(t, "one/x_wsh.go", "one", "two/x_wsh.go", "two")
			current := filepath.Join(dir, "current")
			link(t, "one", current)
			c := mode.config
			r := loaded(t, current, c, "/x")
			link(t, "two", current+".new")
			if err := os.Rename(current+".new", current); err != nil {
				t.Fatal(err)
			}
			r.Rescan() // nobody announces what happens above the root
			r.expect(plugins.Reloaded, "x_wsh.go", "/x", 2)
			r.serves("/x", "two")
			write(t, dir, "two/x_wsh.go", "three")
			r.expect(plugins.Reloaded, "x_wsh.go", "/x", 3)
		})
	}
}
