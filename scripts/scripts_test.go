package scripts_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wshd/plugins/script"
	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
	"wshd/scripts"
)

func TestMain(m *testing.M) { wshtest.Main(m) }

// load loads an example as wshd does: interpreted.
func load(t *testing.T, name string) *wsh.Handler {
	t.Helper()
	file := name + "_wsh.go"
	h, err := script.Load(t.Context(), script.Config{}, file, file)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// examples are the names of the example handlers.
func examples(t *testing.T) []string {
	t.Helper()
	files, err := fs.Glob(scripts.Handlers, "*_wsh.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("got %v, %v, want the embedded handlers", files, err)
	}
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file, "_wsh.go"))
	}
	slices.Sort(names)
	return names
}

func read(t *testing.T, f fs.FS, name string) string {
	t.Helper()
	data, err := fs.ReadFile(f, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// wantEnd fails the test unless the connection ended with that code and reason.
func wantEnd(t *testing.T, got wshtest.End, code wsh.StatusCode, reason string) {
	t.Helper()
	if got.Code != code || got.Reason != reason {
		t.Errorf("got close %d %q (%v), want %d %q", got.Code, got.Reason, got.Err, code, reason)
	}
}

func TestExamplesAreThere(t *testing.T) {
	want := []string{
		"abort", "abort_handshake", "bench", "benchmark_helper", "broadcast", "chat", "close", "cookie", "echo", "echo_noext",
		"hsts", "httpecho", "internal_error", "origin_check", "polling", "ticker", "tracker", "upload",
	}
	if got := examples(t); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestExamplesPassVet(t *testing.T) {
	for _, name := range examples(t) {
		t.Run(name, func(t *testing.T) {
			out, err := exec.CommandContext(t.Context(), "go", "vet", name+"_wsh.go").CombinedOutput()
			if err != nil {
				t.Errorf("go vet: %v\n%s", err, out)
			}
		})
	}
}

func TestExamplesTeach(t *testing.T) {
	for _, name := range examples(t) {
		t.Run(name, func(t *testing.T) {
			src := read(t, scripts.Handlers, name+"_wsh.go")
			if !strings.HasPrefix(src, "//go:build ignore\n\n// ") {
				t.Error("does not begin with the build tag and a comment")
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			topic := strings.ToUpper(name[:1]) + name[1:] + " "
			if f.Name.Name != "main" || f.Doc == nil || !strings.HasPrefix(f.Doc.Text(), topic) {
				t.Errorf("the comment of package main does not begin with %q", topic)
			}
			for _, d := range f.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && f.Name.IsExported() && !strings.HasPrefix(f.Doc.Text(), f.Name.Name+" ") {
					t.Errorf("%s has no comment that begins with its name", f.Name.Name)
				}
			}
		})
	}
}

func TestExamplesLoad(t *testing.T) {
	for _, name := range examples(t) {
		t.Run(name, func(t *testing.T) {
			h := load(t, name)
			if h.DoExtraHandshake == nil || h.TransferData == nil {
				t.Error("a hook is missing")
			}
		})
	}
}

func TestMapFileLeadsToExamples(t *testing.T) {
	want := map[string]string{"/": "/tracker", "/app02/echo/": "/httpecho"}
	got := map[string]string{}
	for line := range strings.Lines(read(t, scripts.Handlers, "handler_map.txt")) {
		if words := strings.Fields(line); len(words) > 0 && words[0] != "#" {
			got[words[0]] = words[1]
		}
	}
	for alias, handler := range want {
		if got[alias] != handler {
			t.Errorf("%s: got %q, want %q", alias, got[alias], handler)
		}
	}
	for alias, handler := range got {
		if !slices.Contains(examples(t), strings.TrimPrefix(handler, "/")) {
			t.Errorf("%s leads to %s, which is no example", alias, handler)
		}
	}
}

func TestPagesListEveryExample(t *testing.T) {
	for file, listed := range map[string]*regexp.Regexp{
		"console.js": regexp.MustCompile(`"(\w+)"[,\]]`),
		"index.js":   regexp.MustCompile(`"/(\w+)": \{`),
	} {
		text := read(t, scripts.Pages, file)
		_, text, _ = strings.Cut(text, "const examples = ")
		text, _, _ = strings.Cut(text, ";\n")
		var names []string
		for _, match := range listed.FindAllStringSubmatch(text, -1) {
			names = append(names, match[1])
		}
		slices.Sort(names)
		if want := examples(t); !slices.Equal(names, want) {
			t.Errorf("%s: got %v, want %v", file, names, want)
		}
	}
}

func TestPagesNeedNoOtherHost(t *testing.T) {
	reference := regexp.MustCompile(`(?:src|href)="([^"]+)"`)
	err := fs.WalkDir(scripts.Pages, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text := read(t, scripts.Pages, name)
		for _, outside := range regexp.MustCompile(`(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^" ]*`).FindAllString(text, -1) {
			// Names, not addresses that are loaded: SVG's namespace, and an origin that is talked about.
			if outside != "http://www.w3.org/2000/svg" && !strings.HasPrefix(outside, "http://example.com") {
				t.Errorf("%s names another host: %s", name, outside)
			}
		}
		if path.Ext(name) != ".html" {
			return nil
		}
		for _, match := range reference.FindAllStringSubmatch(text, -1) {
			file, _, _ := strings.Cut(match[1], "?")
			if _, err := fs.Stat(scripts.Pages, file); err != nil {
				t.Errorf("%s refers to %s: %v", name, match[1], err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestStartPageHandlerLoads(t *testing.T) {
	page := read(t, scripts.Pages, "index.html")
	_, src, found := strings.Cut(page, `<pre class="code" id="hello">//go:build`)
	src, _, ended := strings.Cut(src, "</pre>")
	if !found || !ended {
		t.Fatal("the start page shows no handler")
	}
	file := path.Join(t.TempDir(), "hello_wsh.go")
	write(t, file, "//go:build"+src)
	h, err := script.Load(context.Background(), script.Config{}, file, "hello_wsh.go")
	if err != nil {
		t.Fatal(err)
	}
	c := wshtest.Dial(t, h)
	c.SendText("you")
	if got := c.ReceiveText(); got != "Hello, you" {
		t.Errorf("got %q, want Hello, you", got)
	}
}

// wantPanicFree fails the test if a hook panicked.
func wantPanicFree(t *testing.T, err error) {
	t.Helper()
	var p *wshtest.Panic
	if errors.As(err, &p) {
		t.Error(p)
	}
}
