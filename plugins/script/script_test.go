package script

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wshd/plugins/wsh"
)

const required = `
func DoExtraHandshake(r *wsh.Request) error { return nil }
func TransferData(r *wsh.Request) error { return nil }
`

// write puts a script's files into a folder of the test and returns the name to load: the file
// itself, or the folder if there are several.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "x_wsh")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := files["x_wsh.go"]; ok && len(files) == 1 {
		return filepath.Join(dir, "x_wsh.go")
	}
	return dir
}

func load(t *testing.T, text string) (*wsh.Handler, error) {
	t.Helper()
	return Load(t.Context(), Config{}, write(t, map[string]string{"x_wsh.go": text}), "x_wsh.go")
}

func TestWhatIsNoLibraryIsNotSaidToBeImported(t *testing.T) {
	for text, want := range map[string]string{
		"var _ = http\n":         "undefined: http",     // nothing of it is used
		"var _ = template.New\n": "undefined: template", // there are two
	} {
		_, err := load(t, "package main\n\nimport \"wshd/plugins/wsh\"\n"+required+text)
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func TestLoadReportsWhatGoReports(t *testing.T) {
	const head = "package main\n\nimport \"wshd/plugins/wsh\"\n" + required
	for _, tt := range []struct{ name, text, want string }{
		{"syntax", head + "func f() {\n\tx := = 1\n}\n", "8:7: syntax error: unexpected =, expected expression"},
		{"half saved", "", "1:1: syntax error: package statement must be first"},
		{"two syntax errors", head + "func f() {\n\tvar = 1\n}\nfunc g() {\n\tvar = 1\n}\n", "11:6: syntax error: unexpected =, expected name"},
		{"unused variable", head + "func f() { n := 1 }\n", "7:12: declared and not used: n"},
		{"unused import", "package main\n\nimport \"wshd/plugins/wsh\"\nimport \"fmt\"\n" + required, "4:8: \"fmt\" imported and not used"},
		{"missing return", head + "func f() int {\n}\n", "8:1: missing return"},
		{"all at once", "package main\n\nimport \"os\"\nimport \"wshd/plugins/wsh\"\n\nfunc TransferData(r *wsh.Requets) error { return nil }\nfunc DoExtraHandshake() { n := os.Args }\n",
			"3:8: import \"os\" is not open to scripts: it reaches the machine past the host; scripts.imports: [default, os] opens it\nX6:26: undefined: wsh.Requets\nX7:6: DoExtraHandshake is func(), want func(*wsh.Request) error\nX7:27: declared and not used: n"},
		{"no body", head + "func f()\n", "7:6: missing function body"},
		{"undefined", head + "func f() { g() }\n", "7:12: undefined: g"},
		{"package not imported", "package main\n" + required, `3:26: undefined: wsh (import "wshd/plugins/wsh")`},
		{"library not imported", head + "var _ = http.StatusOK\n", `undefined: http (import "net/http")`},
		{"wrong call", head + "func f() { wsh.Text(1) }\n", "cannot use 1 (untyped int constant) as string value in argument to wsh.Text"},
		{"main", head + "func main() {}\n", "7:6: a handler has no func main"},
		{"wrong hook", "package main\n\nimport \"wshd/plugins/wsh\"\n\nfunc DoExtraHandshake(r *wsh.Request) error { return nil }\nfunc TransferData() {}\n", "6:6: TransferData is func(), want func(*wsh.Request) error"},
		{"hook is no function", "package main\n\nimport \"wshd/plugins/wsh\"\n\nfunc DoExtraHandshake(r *wsh.Request) error { return nil }\nvar TransferData = 1\n", "6:5: TransferData must be a function: want func(*wsh.Request) error"},
		{"missing hook", "package main\n\nimport \"wshd/plugins/wsh\"\n\nfunc DoExtraHandshake(r *wsh.Request) error { return nil }\n", "1:1: TransferData is missing: a handler needs func TransferData(*wsh.Request) error"},
		{"pywebsocket's name", strings.Replace(head, "TransferData", "web_socket_transfer_data", 1), "6:6: web_socket_transfer_data should be named TransferData"},
		{"snake case", strings.Replace(head, "DoExtraHandshake", "do_extra_handshake", 1), "5:6: do_extra_handshake should be named DoExtraHandshake"},
		{"wrong case", strings.Replace(head, "TransferData", "Transferdata", 1), "6:6: Transferdata should be named TransferData"},
		{"misspelt", strings.Replace(head, "TransferData", "TranferData", 1), "6:6: TranferData should be named TransferData"},
		{"near an optional hook", head + "func ServeHttp() {}\n", "7:6: ServeHttp should be named ServeHTTP"},
		{"closed import", "package main\n\nimport \"wshd/plugins/wsh\"\nimport \"os/exec\"\n" + required + "var _ = exec.Command\n", `4:8: import "os/exec" is not open to scripts: it runs programs; scripts.imports: [default, os/exec] opens it`},
		{"mistyped import", "package main\n\nimport \"wshd/plugins/wsh\"\nimport \"string\"\n" + required + "var _ = string.ToUpper\n", `4:8: import "string" is not known; did you mean "strings"?`},
		{"short import", "package main\n\nimport \"wsh\"\n" + required, `3:8: import "wsh" is not known; did you mean "wshd/plugins/wsh"?`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load(t, tt.text)
			if err == nil || !strings.Contains(err.Error(), "x_wsh.go:") {
				t.Fatalf("got %v, want %s", err, tt.want)
			}
			for want := range strings.SplitSeq(tt.want, "\nX") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %s", err, want)
				}
			}
			if many := strings.Count(tt.want, "\nX") + 1; many > 1 && strings.Count(err.Error(), "\n") != many-1 {
				t.Errorf("got %v, want %d errors", err, many)
			}
			if tt.name == "half saved" && strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line", err)
			}
		})
	}
}

func TestLoadReportsTenErrorsAtMost(t *testing.T) {
	var b strings.Builder
	b.WriteString("package main\n\nimport \"wshd/plugins/wsh\"\n" + required)
	for i := range 15 {
		fmt.Fprintf(&b, "func f%d() { undefined%d() }\n", i, i)
	}
	_, err := load(t, b.String())
	lines := strings.Split(fmt.Sprint(err), "\n")
	if len(lines) != 11 || !strings.Contains(lines[0], "undefined0") || !strings.Contains(lines[9], "undefined9") || !strings.HasSuffix(lines[10], "too many errors") {
		t.Errorf("got %v", err)
	}
}

func TestLoadIgnoresTagsAndPackageName(t *testing.T) {
	for _, head := range []string{"//go:build ignore\n\npackage main\n", "//go:build go1.4\n\npackage chat\n"} {
		h, err := load(t, head+"\nimport \"wshd/plugins/wsh\"\n"+required+"func f() (n int) {\n\tfor i := 0; i < 3; i++ {\n\t\tn += i\n\t}\n\treturn n\n}\n")
		if err != nil {
			t.Fatal(err)
		}
		if h.Script != "x_wsh.go" || h.DoExtraHandshake == nil || h.TransferData == nil || h.PassiveClosingHandshake != nil || h.ServeHTTP != nil {
			t.Errorf("got %+v", h)
		}
	}
}

func TestLoadFolder(t *testing.T) {
	dir := write(t, map[string]string{
		"a.go":      "package chat\n\nimport \"wshd/plugins/wsh\"\n\nfunc DoExtraHandshake(r *wsh.Request) error { return refusal }\n",
		"b.go":      "package chat\n\nimport (\n\t\"errors\"\n\t\"wshd/plugins/wsh\"\n)\n\nvar refusal = errors.New(\"from b\")\n\nfunc TransferData(r *wsh.Request) error { return nil }\n",
		"b_test.go": "package chat\n\nthis is no Go\n",
		"_c.go":     "nor is this\n",
		"d.txt":     "nor this\n",
	})
	h, err := Load(t.Context(), Config{}, dir, "x_wsh")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.DoExtraHandshake(&wsh.Request{}); err == nil || err.Error() != filepath.Join(dir, "a.go")+":5:47: from b" {
		t.Errorf("got %v, want from b", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "e.go"), []byte("package other\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), Config{}, dir, "x_wsh"); err == nil || !strings.Contains(err.Error(), "e.go:1:9: package other; expected package chat") {
		t.Errorf("got %v", err)
	}
}

func TestLoadNamesWhatCannotBeRead(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no_wsh.go")
	if _, err := Load(t.Context(), Config{}, missing, "no_wsh.go"); err == nil || err.Error() != missing+": no such file or directory" {
		t.Errorf("got %v", err)
	}
	empty := filepath.Join(t.TempDir(), "no_wsh")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), Config{}, empty, "no_wsh"); err == nil || err.Error() != empty+": no Go files in this folder" {
		t.Errorf("got %v", err)
	}
}

func TestOutputComesLineByLine(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	c := Config{Output: func(script, line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, script+"|"+line)
	}}
	file := write(t, map[string]string{"x_wsh.go": "package main\n\nimport (\n\t\"fmt\"\n\t\"wshd/plugins/wsh\"\n)\n" + required +
		"func init() {\n\tfmt.Print(\"a\")\n\tfmt.Println(\"b\")\n\tfmt.Printf(\"c\\nd%d\\n\", 1)\n\tprintln(\"e\")\n}\n"})
	if _, err := Load(t.Context(), c, file, "x"); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(lines, " "), "x|ab x|c x|d1 x|e"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLoadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	file := write(t, map[string]string{"x_wsh.go": "package main\n\nimport \"wshd/plugins/wsh\"\n" + required + "func init() {\n\tfor {\n\t}\n}\n"})
	if _, err := Load(ctx, Config{}, file, "x"); err == nil || !strings.Contains(err.Error(), "initialisation does not end") {
		t.Errorf("got %v", err)
	}
}

func TestPanicWhileLoadingIsAnError(t *testing.T) {
	_, err := load(t, "package main\n\nimport \"wshd/plugins/wsh\"\n"+required+"func init() {\n\tpanic(\"no way\")\n}\n")
	if err == nil || !strings.Contains(err.Error(), "no way") {
		t.Errorf("got %v", err)
	}
}
