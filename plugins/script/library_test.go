package script

import (
	"errors"
	"go/types"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"wshd/plugins/script/library"
	"wshd/plugins/script/std"
)

// libraryTable holds each function, method and type of the packages that scripts may import by default, and
// what is known of it that would end the host or use it up: whoever adds a package, or a version of Go, reads
// what is new there. It is written by: go test ./plugins/script -run LibraryIsJudged -update
const libraryTable = "testdata/library.txt"

func TestLibraryIsJudged(t *testing.T) {
	var lines []string
	known := map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(std.Packages())) {
		for _, o := range exportedOf(std.Packages()[path]) {
			kinds := library.Kinds(o)
			known[library.ObjectName(o)] = true
			if std.Closed(path) == "" && path != library.WSH { // ours changes more often than Go
				lines = append(lines, strings.TrimSpace(library.ObjectName(o)+"\t"+kinds)+"\n")
			}
		}
	}
	for _, name := range library.Named() {
		if !known[name] {
			t.Errorf("%s is in the table, and not in the library", name)
		}
	}
	text := strings.Join(lines, "")
	if *update {
		if err := os.WriteFile(libraryTable, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(libraryTable)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range slices.Collect(strings.Lines(string(want))) {
		if i >= len(lines) || lines[i] != line {
			t.Fatalf("%s is stale at %q: read what is new there, then run go test ./plugins/script -run LibraryIsJudged -update", libraryTable, line)
		}
	}
	if string(want) != text {
		t.Errorf("%s is stale: read what is new in the library, then run go test ./plugins/script -run LibraryIsJudged -update", libraryTable)
	}
}

// exportedOf are the functions of a package, and its types with their methods.
func exportedOf(pkg *types.Package) (list []types.Object) {
	for _, name := range pkg.Scope().Names() {
		switch o := pkg.Scope().Lookup(name).(type) {
		case *types.Func:
			list = append(list, o)
		case *types.TypeName:
			list = append(list, o)
			named, ok := o.Type().(*types.Named)
			if !ok || o.IsAlias() {
				continue
			}
			for m := range named.Methods() {
				list = append(list, m)
			}
			if i, ok := named.Underlying().(*types.Interface); ok {
				for m := range i.ExplicitMethods() {
					list = append(list, m)
				}
			}
		}
	}
	return slices.DeleteFunc(list, func(o types.Object) bool { return !o.Exported() })
}

// What opens files or connections is open with os and net only; a variable of the library is read only.
func TestWhatIsTheHostsIsRefused(t *testing.T) {
	for _, tt := range []struct{ imports, body, opens, want string }{
		{"text/template", `template.ParseFiles("/etc/passwd")`, "os", "text/template.ParseFiles is not open to scripts: it does what package os is closed for; scripts.imports opens it with os"},
		{"html/template", `template.New("x").ParseGlob("*")`, "os", "(*html/template.Template).ParseGlob is not open"},
		{"net/http", `http.FileServer(http.Dir("/"))`, "os", "net/http.Dir is not open"},
		{"net/http", `type dir = http.Dir; http.FileServer(dir("/"))`, "os", "net/http.Dir is not open"},
		{"net/http", `http.ServeFile(nil, nil, "/etc/passwd")`, "os", "net/http.ServeFile is not open"},
		{"net/http", `http.ListenAndServe(":80", nil)`, "net", "net/http.ListenAndServe is not open"},
		{"net/http", `type s struct { http.Server }; f := new(s).ListenAndServe; f()`, "net", "(*net/http.Server).ListenAndServe is not open"},
		{"net/http/httptest", `httptest.NewServer(nil)`, "net", "net/http/httptest.NewServer is not open"},
		{"crypto/tls", `tls.LoadX509KeyPair("", "")`, "os", "crypto/tls.LoadX509KeyPair is not open"},
		{"crypto/tls", `tls.Dial("tcp", "", nil)`, "net", "crypto/tls.Dial is not open"},
		{"archive/zip", `zip.OpenReader("x")`, "os", "archive/zip.OpenReader is not open"},
		{"io", `io.EOF = nil`, "", "io.EOF can only be read in scripts: the host and all other scripts have it too"},
		{"io", `p := &io.EOF; *p = nil`, "", "io.EOF can only be read"},
		{"io", `for _, io.EOF = range []error{nil} { }`, "", "io.EOF can only be read"},
		{"net/http", `http.DefaultClient = nil`, "", "net/http.DefaultClient can only be read"},
		{"net/http", `http.DefaultClient.Timeout = 1`, "", "net/http.DefaultClient can only be read"},
		{"net/http", `*http.DefaultClient = http.Client{}`, "", "net/http.DefaultClient can only be read"},
		{"net/http", `http.DefaultTransport.(*http.Transport).MaxIdleConns++`, "", "net/http.DefaultTransport can only be read"},
		{"unicode", `unicode.Scripts["Mine"] = nil`, "", "unicode.Scripts can only be read"},
		{"image/color", `color.Black.Y++`, "", "image/color.Black can only be read"},
	} {
		t.Run(tt.body, func(t *testing.T) {
			text := "package main\n\nimport \"wshd/plugins/wsh\"\nimport \"" + tt.imports + "\"\n" + required + "func f() {\n" + tt.body + "\n}\n"
			file := write(t, map[string]string{"x_wsh.go": text})
			_, err := Load(t.Context(), Config{}, file, "x")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			var list Errors
			if compiled := tt.opens == ""; !errors.As(err, &list) || list[0].Compiled != compiled {
				t.Errorf("got %#v, want that only what is closed by scripts.imports is closed to what is compiled, too", err)
			}
			if tt.opens == "" {
				return
			}
			if _, err := Load(t.Context(), Config{Imports: []string{"default", tt.opens}}, file, "x"); err != nil {
				t.Errorf("got %v, want it to be open with %s", err, tt.opens)
			}
		})
	}
}
