// Package begin lays folders of handlers, and brings up to date what of wshd is in them.
package begin

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"wshd/cmd/wshd/hint"
	"wshd/plugins"
	"wshd/plugins/imported"
	"wshd/plugins/wsh/regular"
	"wshd/scripts"
)

//go:embed template
var template embed.FS

// apiFolder holds the source of the wsh package. Tools that read all Go files under a folder leave
// out those that begin with a dot.
const apiFolder = ".wshd"

// goMod is the handlers' own module, and apiMod that of the API, without a network to get it from.
const (
	goMod  = "module handlers\n\ngo 1.26\n\nrequire wshd v0.0.0\n\nreplace wshd => ./" + apiFolder + "\n"
	apiMod = "module wshd\n\ngo 1.26\n"
)

// templates are what a folder can begin with, by name: the handler, and what the page asks for.
var templates = map[string]struct{ handler, path string }{
	"echo": {"echo_wsh.go", "/echo"},
	"chat": {"chat_wsh.go", "/chat?name=Ann"},
	"feed": {"feed_wsh.go", "/feed"},
	"http": {"hello_wsh.go", "/hello"},
}

// Templates names them, the one first that is meant if none is named.
func Templates() []string { return []string{"echo", "chat", "feed", "http"} }

// Laid is what Lay has done.
type Laid struct {
	Handler string   // the handler to begin with; "": the folder has some
	Kept    []string // files that were there, and are as they were
	Changed []string // files that were there, and are not: go.mod
}

// Lay lays a folder that can be served, edited and tested as it is. What is there stays as it is; where there are
// handlers already, there is none of the template's unless it is named. "" names none.
func Lay(dir, name string) (Laid, error) {
	var laid Laid
	files, err := common()
	if err != nil {
		return laid, err
	}
	if named := name != ""; named || !hasHandlers(dir) {
		if !named {
			name = Templates()[0]
		}
		if err := fill(files, name); err != nil {
			return laid, err
		}
		laid.Handler = templates[name].handler
	} else if _, err := os.Stat(filepath.Join(dir, "pages")); err != nil {
		files["config.yaml"] = bytes.Replace(files["config.yaml"], []byte("document_root: pages "), []byte("# document_root: pages "), 1)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		text := files[name]
		switch _, err := os.Lstat(file); {
		case err == nil && name == "go.mod":
			changed, err := requireAPI(file)
			if err != nil {
				return laid, err
			}
			if changed {
				laid.Changed = append(laid.Changed, file)
			}
		case err == nil:
			if old, err := regular.Read(file); err != nil || !bytes.Equal(old, text) {
				laid.Kept = append(laid.Kept, file)
			}
		default:
			if err := WriteNew(file, text); err != nil {
				return laid, err
			}
		}
	}
	return laid, nil
}

// hasHandlers reports whether there is a handler in a folder, or below it.
func hasHandlers(dir string) (has bool) {
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name != dir && d.Name()[0] == '.' {
			return fs.SkipDir // what cannot be read holds none that can be served
		}
		has = has || strings.HasSuffix(strings.TrimSuffix(name, ".go"), "_wsh")
		return nil
	})
	return has
}

// common is what every folder has, by slash-separated name.
func common() (map[string][]byte, error) {
	files := map[string][]byte{"go.mod": []byte(goMod), imported.File: imported.Text([]string{"wshd/plugins/wsh"})}
	for _, name := range []string{"config.yaml", "handlers_test.go", "vscode/settings.json", "vscode/tasks.json"} {
		text, err := template.ReadFile("template/" + name)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(name, "vscode/") {
			name = "." + name
		}
		files[name] = text
	}
	api, err := api()
	maps.Copy(files, api)
	return files, err
}

// api is the source of what handlers and their tests import.
func api() (map[string][]byte, error) {
	files := map[string][]byte{apiFolder + "/go.mod": []byte(apiMod)}
	return files, CopyFiles(files, plugins.Source, "wsh", apiFolder+"/plugins/wsh", false)
}

// fill adds a template: its handler with its test, and a page.
func fill(files map[string][]byte, name string) error {
	t, ok := templates[name]
	if !ok {
		return hint.Usage(fmt.Errorf("init: there is no template %q%s", name, hint.DidYouMean(nearestTemplate(name))),
			"the templates are "+strings.Join(Templates(), ", "))
	}
	if name == "echo" {
		text, err := scripts.Handlers.ReadFile(t.handler)
		if err != nil {
			return err
		}
		files[t.handler] = text
	}
	err := errors.Join(CopyFiles(files, template, "template/"+name, "", true), CopyFiles(files, template, "template/pages", "pages", true))
	if err != nil {
		return err
	}
	if files["pages/style.css"], err = scripts.Pages.ReadFile("style.css"); err != nil {
		return err
	}
	page := bytes.ReplaceAll(files["pages/index.html"], []byte("echo_wsh.go"), []byte(t.handler))
	page = bytes.ReplaceAll(page, []byte(`value="/echo"`), []byte(`value="`+t.path+`"`))
	files["pages/index.html"] = bytes.ReplaceAll(page, []byte("<code>/echo</code>"), []byte("<code>"+strings.SplitN(t.path, "?", 2)[0]+"</code>"))
	config := bytes.ReplaceAll(files["config.yaml"], []byte("echo_wsh.go answers at /echo"), []byte(t.handler+" answers at "+strings.SplitN(t.path, "?", 2)[0]))
	if name == "feed" {
		config = append(config, "\n# What the room of the feed keeps, for who comes back.\nrooms:\n  history: {feed: {messages: 100, age: 24h}}\n"...)
	}
	files["config.yaml"] = config
	return nil
}

func nearestTemplate(name string) string {
	for _, t := range Templates() {
		if strings.HasPrefix(t, strings.ToLower(name)) || strings.HasPrefix(strings.ToLower(name), t) {
			return t
		}
	}
	return ""
}

// CopyFiles adds the files under root as files under to, tests if wanted.
func CopyFiles(files map[string][]byte, from fs.FS, root, to string, tests bool) error {
	return fs.WalkDir(from, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !tests && strings.HasSuffix(name, "_test.go") {
			return err
		}
		files[path.Join(to, strings.TrimPrefix(name, root+"/"))], err = fs.ReadFile(from, name)
		return err
	})
}

// requireAPI has a go.mod that is there know the API, which it may already.
func requireAPI(file string) (changed bool, err error) {
	text, err := regular.Read(file)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", file, hint.Cause(err))
	}
	f, err := modfile.Parse(file, text, nil)
	if err != nil {
		return false, err
	}
	if f.Module != nil && f.Module.Mod.Path == "wshd" || slices.ContainsFunc(f.Replace, func(r *modfile.Replace) bool { return r.Old.Path == "wshd" }) {
		return false, nil
	}
	if err := errors.Join(f.AddRequire("wshd", "v0.0.0"), f.AddReplace("wshd", "", "./"+apiFolder, "")); err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	f.Cleanup()
	if text, err = f.Format(); err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	return true, replaceFile(file, text)
}

// WriteNew writes a file that is not there yet, and the folders above it.
func WriteNew(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return fmt.Errorf("make the folder of %s: %w", name, hint.Cause(err))
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, hint.Cause(err))
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
