//go:build unix

package documents

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"wshd/plugins/wsh/growth"
)

// tree lays files: a name that ends in / is a folder, "-> x" as a text a link, "|" a pipe.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		name, text := filepath.Join(dir, files[i]), files[i+1]
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if to, link := strings.CutPrefix(text, "-> "); err == nil && link {
			err = os.Symlink(strings.ReplaceAll(to, "ROOT", dir), name)
		} else if err == nil && text == "|" {
			err = syscall.Mkfifo(name, 0o644)
		} else if err == nil {
			err = os.WriteFile(name, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRegularFilesBelowTheRootOnly(t *testing.T) {
	outside := tree(t, "secret", "secret", "d/secret", "secret", ".git/config", "x")
	dir := tree(t, "a.txt", "a", "d/b.txt", "b", ".hidden", "x", "d/.git/config", "x", ".well-known/acme", "w",
		"pipe", "|", "near", "-> a.txt", "absolute", "-> ROOT/d/b.txt", "folder", "-> d", "far", "-> "+outside+"/secret",
		"farther", "-> "+outside+"/d", "up", "-> ../../../../../../etc/passwd", "zero", "-> /dev/zero", "loop", "-> loop",
		"shown", "-> d/.git/config", "gone", "-> nothing", "x_wsh.go", "x", "f_wsh/a.txt", "x", "old_wsh.py", "x", "X_WSH.GO", "x", "y_wsh.go~", "x")
	for _, tt := range []struct {
		path        string
		want, loose string // what is in it; "-" is ErrWithheld, "" anything else; with OutsideLinks
	}{
		{"/a.txt", "a", "a"}, {"/d/b.txt", "b", "b"}, {"/.well-known/acme", "w", "w"}, {"/near", "a", "a"}, {"/absolute", "b", "b"},
		{"/folder/b.txt", "b", "b"}, {"/none", "", ""}, {"/a.txt/x", "", ""}, {"/loop", "", ""}, {"/gone", "", ""}, {"/../a.txt", "", ""},
		{"/d/../a.txt", "", ""}, {"/a.txt\x00", "", ""}, {"/" + strings.Repeat("x", 5000), "", ""},
		{"/pipe", "-", "-"}, {"/.hidden", "-", "-"}, {"/shown", "-", "-"}, {"/folder/.git/config", "-", "-"}, {"/x_wsh.go", "-", "-"},
		{"/f_wsh/a.txt", "-", "-"}, {"/old_wsh.py", "-", "-"}, {"/X_WSH.GO", "-", "-"}, {"/y_wsh.go~", "-", "-"},
		{"/far", "-", "secret"}, {"/farther/secret", "-", "secret"}, {"/zero", "-", "-"},
	} {
		for _, loose := range []bool{false, true} {
			r, err := Open(Config{Root: dir, OutsideLinks: loose})
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			if loose {
				want = tt.loose
			}
			if got := read(r, tt.path); got != want {
				t.Errorf("%.50q, links out %v: got %q, want %q", tt.path, loose, got, want)
			}
		}
	}
	r, err := Open(Config{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/": "/", "/absolute": "/d/b.txt", "/folder": "/d", "/folder/b.txt": "/d/b.txt", "/.well-known/acme": "/.well-known/acme"} {
		if f, err := r.Find(path); err != nil || f.Path != want {
			t.Errorf("%s: got %s, %v, want %s", path, f.Path, err, want)
		}
	}
}

func read(r *Root, path string) string {
	f, err := r.Open(strings.TrimPrefix(path, "/"))
	switch {
	case errors.Is(err, ErrWithheld):
		return "-"
	case err != nil:
		return ""
	}
	defer f.Close()
	text, _ := io.ReadAll(f)
	return string(text)
}

func TestSourcesAndWhatTheConfigurationNamesAreNotSent(t *testing.T) {
	dir := tree(t, "h/lib/auth/auth.go", "x", "h/lib/auth_test.go", "x", "h/a.go~", "x", "h/#a.go#", "x", "h/a.go.bak", "x", "h/A.GO", "x",
		"h/go.mod", "x", "h/go.sum", "x", "h/go.mod.orig", "x", "h/a.go.swp", "x", "h/a.gohtml", "page", "h/page.html", "page", "h/algorithm.js", "page",
		"sample.go", "page", "users.txt", "x", "users.txt~", "x", "users.txt.bak", "x", "users.txt.1", "x", "#users.txt#", "x",
		"old-users.txt", "page", "users.html", "page", "users-guide.html", "page", "link", "-> users.txt", "d/users.txt", "page",
		"log.txt", "x", "log-2026-11-29T12-00-00.000.txt", "x", "log-2026.txt.gz", "x", "logo.txt", "page", "journal", "x", "journal-2026-11-29T12", "x", "journal-of-a-page.html", "page", "named", "-> users.txt", "linked.pem", "x", "k/key.pem", "-> ROOT/linked.pem")
	if err := os.Link(filepath.Join(dir, "users.txt"), filepath.Join(dir, "hard")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	r, err := Open(Config{Root: ".", Handlers: "h", Secrets: []string{"users.txt", filepath.Join(dir, "log.txt"), "journal", "none.txt", "k/key.pem"}})
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		want := strings.Replace(string(text), "x", "-", 1)
		if got := read(r, "/"+path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := read(r, "/hard"); got != "-" {
		t.Errorf("another name of the same file: got %q", got)
	}
}

func BenchmarkFind(b *testing.B) {
	dir := b.TempDir()
	deep := strings.Repeat("d/", 30)
	if err := os.MkdirAll(filepath.Join(dir, deep), 0o755); err != nil {
		b.Fatal(err)
	}
	r, err := Open(Config{Root: dir, Handlers: dir, Secrets: []string{filepath.Join(dir, "users")}})
	if err != nil {
		b.Fatal(err)
	}
	growth.Doubling(b, 1<<8, 1<<15, func(n int) func() {
		path := "/" + strings.Repeat("d/", n/2) + "x"
		return func() { _, _ = r.Find(path) }
	})
}
