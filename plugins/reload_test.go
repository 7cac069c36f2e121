package plugins_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wshd/plugins"
)

func TestSaveBreakFixDelete(t *testing.T) {
	for _, mode := range modes {
		for _, name := range []string{"a/x_wsh.go", "a/x_wsh/x.go"} {
			t.Run(mode.name+" "+name, func(t *testing.T) {
				r := loaded(t, folder(t, name, "one"), mode.config, "/a/x")
				script := "a/" + strings.Split(name, "/")[1]
				old := r.serves("/a/x", "one")

				r.write(name, "two")
				r.expect(plugins.Reloaded, script, "/a/x", 2)
				if h := r.serves("/a/x", "two"); h.Version != 2 || h.Script != script || textOf(old) != "one" || old.Version != 1 {
					t.Errorf("got %d %s, and %d before", h.Version, h.Script, old.Version)
				}

				r.write(name, "broken 1")
				e := r.expect(plugins.Failed, script, "/a/x", 2)
				if want := filepath.Join(r.dir, script) + `:1:1: "broken 1"`; e.Err.Error() != want {
					t.Errorf("got %v, want %s", e.Err, want)
				}
				r.serves("/a/x", "two")

				r.write(name, "broken 1") // saved again, unchanged: not reported again
				r.write("y_wsh.go", "broken")
				r.expect(plugins.Failed, "y_wsh.go", "/y", 0)
				r.remove("y_wsh.go")
				r.expect(plugins.Removed, "y_wsh.go", "/y", 0)
				r.write(name, "broken 2")
				r.expect(plugins.Failed, script, "/a/x", 2)
				if routes := r.Routes(); routes[0].Err == nil || routes[0].Version != 2 {
					t.Errorf("got %+v", routes)
				}

				r.write(name, "three")
				r.expect(plugins.Reloaded, script, "/a/x", 3)
				r.serves("/a/x", "three")

				r.remove("a")
				r.expect(plugins.Removed, script, "/a/x", 0)
				r.serves("/a/x", "")

				r.write(name, "four")
				r.expect(plugins.Loaded, script, "/a/x", 4)
				r.serves("/a/x", "four")
			})
		}
	}
}

func TestFirstVersionBroken(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			r := open(t, folder(t, "x_wsh.go", "broken"), mode.config)
			r.wait()
			r.expect(plugins.Failed, "x_wsh.go", "/x", 0)
			r.serves("/x", "")
			r.write("x_wsh.go", "fixed")
			r.expect(plugins.Loaded, "x_wsh.go", "/x", 1)
			r.serves("/x", "fixed")
		})
	}
}

func TestFolderMoves(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			r := loaded(t, folder(t, "a/b/x_wsh.go", "one"), mode.config, "/a/b/x")
			r.rename("a", "c")
			got := map[plugins.EventKind]plugins.Event{}
			for range 2 {
				e := r.nextOf(plugins.Loaded, plugins.Removed)
				got[e.Kind] = e
			}
			if got[plugins.Loaded].Path != "/c/b/x" || got[plugins.Removed].Path != "/a/b/x" {
				t.Errorf("got %v", got)
			}
			r.serves("/a/b/x", "")
			r.serves("/c/b/x", "one")
			r.write("c/b/x_wsh.go", "two") // the folder is watched at its new place
			r.expect(plugins.Reloaded, "c/b/x_wsh.go", "/c/b/x", 2)
		})
	}
}

// TestEditorsSave saves as editors do. Nothing but the one reload may be reported.
func TestEditorsSave(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			r := loaded(t, folder(t, "x_wsh.go", "one"), mode.config, "/x")
			file := filepath.Join(r.dir, "x_wsh.go")

			// In place: truncate, then write in pieces.
			f, err := os.OpenFile(file, os.O_WRONLY|os.O_TRUNC, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, piece := range []string{"broken", "two "} {
				if _, err := f.WriteAt([]byte(piece), 0); err != nil {
					t.Fatal(err)
				}
			}
			if err := f.Truncate(4); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			r.expect(plugins.Reloaded, "x_wsh.go", "/x", 2)

			// A temporary file, renamed over the script.
			r.write("x_wsh.go.tmp123", "three")
			r.rename("x_wsh.go.tmp123", "x_wsh.go")
			r.expect(plugins.Reloaded, "x_wsh.go", "/x", 3)

			// The script is renamed to a backup and written anew, with a swap file beside.
			r.write(".x_wsh.go.swp", "broken")
			r.write("4913", "")
			r.remove("4913")
			r.rename("x_wsh.go", "x_wsh.go~")
			r.write("x_wsh.go", "four")
			r.remove("x_wsh.go~")
			r.remove(".x_wsh.go.swp")
			r.expect(plugins.Reloaded, "x_wsh.go", "/x", 4)

			// Written as it was.
			r.write("x_wsh.go", "four")
			r.Rescan()
			r.write("y_wsh.go", "y")
			r.expect(plugins.Loaded, "y_wsh.go", "/y", 1)
			r.serves("/x", "four")
		})
	}
}

// TestSwapOfDataLinks changes files as Kubernetes does those of a config map: each is a link through
// one link to a folder, which is replaced.
func TestSwapOfDataLinks(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			dir := folder(t, "..1/x_wsh.go", "one", "..1/y_wsh.go", "y")
			link(t, "..1", filepath.Join(dir, "..data"))
			link(t, "..data/x_wsh.go", filepath.Join(dir, "x_wsh.go"))
			link(t, "..data/y_wsh.go", filepath.Join(dir, "y_wsh.go"))
			r := loaded(t, dir, mode.config, "/x", "/y")
			for version, text := range []string{1: "two", "three", "four"} {
				if text == "" {
					continue
				}
				old, err := os.Readlink(filepath.Join(dir, "..data"))
				if err != nil {
					t.Fatal(err)
				}
				r.write(".."+text+"/x_wsh.go", text)
				r.write(".."+text+"/y_wsh.go", "y")
				link(t, ".."+text, filepath.Join(dir, "..data_tmp"))
				r.rename("..data_tmp", "..data")
				r.remove(old)
				r.expect(plugins.Reloaded, "x_wsh.go", "/x", version+1)
				r.serves("/x", text)
			}
		})
	}
}

func TestSharedCodeReloadsThoseWhoImportIt(t *testing.T) {
	const uses = "package main\nimport \"%/lib/auth\"\n"
	const deeper = "package auth\nimport \"%/deep\"\nimport \"example.com/dep\"\n"
	for _, mode := range modes {
		for _, module := range []string{"handlers", "example.com/mine"} {
			t.Run(mode.name+" "+module, func(t *testing.T) {
				text := strings.ReplaceAll(uses, "%", module)
				dir := folder(t, "x_wsh.go", text, "in/y_wsh/y.go", text, "z_wsh.go", "package main\nimport \"fmt\"\n", "lib/auth/auth.go", "1")
				if module != "handlers" {
					write(t, dir, "go.mod", "// comment\nmodule "+module+" // comment\ngo 1.26\n")
				}
				r := loaded(t, dir, mode.config, "/x", "/in/y", "/z")
				both := func() {
					t.Helper()
					if got := r.next(plugins.Reloaded).Path + r.next(plugins.Reloaded).Path; got != "/x/in/y" && got != "/in/y/x" {
						t.Errorf("got %s reloaded, want /x and /in/y", got)
					}
				}
				r.write("lib/auth/auth_test.go", "not shared")
				r.write("lib/other/other.go", "nobody imports it")
				r.write("lib/auth/auth.go", strings.ReplaceAll(deeper, "%", module))
				both()
				for _, name := range []string{"lib/auth/more.go", "deep/deep.go", "vendor/example.com/dep/dep.go", "deep/more.go", "vendor/example.com/dep/dep.go"} {
					r.write(name, "package p // "+name+fmt.Sprint(time.Now()))
					r.Rescan() // folders that were not there are not watched yet
					both()
				}
				r.serves("/z", "package main\nimport \"fmt\"\n")
			})
		}
	}
}

func TestRootThatGoesAndComesBack(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			above := t.TempDir()
			dir := filepath.Join(above, "handlers")
			write(t, dir, "x_wsh.go", "one")
			r := loaded(t, dir, mode.config, "/x")
			r.rename(dir, above+"/away")
			r.Rescan()
			if e := r.expect(plugins.Warning, "", "", 0); !strings.Contains(e.Err.Error(), dir) {
				t.Errorf("got %v, want it to name %s", e.Err, dir)
			}
			r.serves("/x", "one")
			r.rename(above+"/away", dir)
			r.Rescan()
			r.write("x_wsh.go", "two")
			r.expect(plugins.Reloaded, "x_wsh.go", "/x", 2)
			r.serves("/x", "two")
		})
	}
}

// TestFolderThatAnEmptyOneStandsInFor has another folder, without anything in it, where one was, as when a
// volume is unmounted. Its scripts serve on; those of a folder that is emptied do not.
func TestFolderThatAnEmptyOneStandsInFor(t *testing.T) {
	for _, tt := range []struct{ name, script, path, volume string }{
		{"the root", "x_wsh.go", "/x", ""},
		{"a folder", "a/b/x_wsh.go", "/a/b/x", "a"},
		{"a handler", "x_wsh/x.go", "/x", "x_wsh"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			above := t.TempDir()
			dir := filepath.Join(above, "handlers")
			write(t, dir, tt.script, "package p // one")
			r := loaded(t, dir, plugins.Config{Poll: time.Hour, NoNotify: true}, tt.path)
			volume := filepath.Join(dir, tt.volume)
			for version := 2; version < 4; version++ {
				r.rename(volume, above+"/away")
				if err := os.Mkdir(volume, 0o755); err != nil {
					t.Fatal(err)
				}
				r.Rescan()
				if e := r.next(plugins.Warning); !strings.Contains(e.Err.Error(), volume+": ") || !strings.Contains(e.Err.Error(), "unmounted") {
					t.Errorf("got %v, want it to say that %s was unmounted", e.Err, volume)
				}
				if err := os.Remove(volume); err != nil {
					t.Fatal(err)
				}
				r.rename(above+"/away", volume)
				write(t, dir, tt.script, fmt.Sprint("package p // ", version))
				r.Rescan()
				if e := r.next(plugins.Reloaded); e.Version != version {
					t.Errorf("got %s, want version %d", describe(e), version)
				}
			}
			r.remove(tt.script)
			r.Rescan()
			r.next(plugins.Removed)
		})
	}
}

// TestChangeThatTimeAndSizeDoNotTell saves as file systems with coarse times show it.
func TestChangeThatTimeAndSizeDoNotTell(t *testing.T) {
	dir := folder(t, "x_wsh.go", "one")
	file := filepath.Join(dir, "x_wsh.go")
	now := time.Now()
	if err := os.Chtimes(file, now, now); err != nil {
		t.Fatal(err)
	}
	r := loaded(t, dir, plugins.Config{Poll: time.Hour, NoNotify: true}, "/x")
	r.write("x_wsh.go", "two")
	if err := os.Chtimes(file, now, now); err != nil {
		t.Fatal(err)
	}
	r.Rescan()
	r.expect(plugins.Reloaded, "x_wsh.go", "/x", 2)
}

func TestRescanLooksNow(t *testing.T) {
	c := modes[1].config
	c.Poll = 1 << 50
	r := loaded(t, folder(t, "x_wsh.go", "one"), c, "/x")
	r.write("x_wsh.go", "two")
	r.Rescan()
	r.expect(plugins.Reloaded, "x_wsh.go", "/x", 2)
}
