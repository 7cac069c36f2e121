package compiled

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"wshd/plugins/script"
	"wshd/plugins/wsh/regular"
)

// mainFile is the file that is added to a handler's own, in an overlay only. It stands behind the others, so
// that their package variables and inits come first.
const mainFile = "zz_wshd_main.go"

// hooks are the functions that make a handler, with their types as the file that is added writes them.
var hooks = []struct{ name, typ string }{
	{"DoExtraHandshake", "func(*wshd_wsh.Request) error"},
	{"TransferData", "func(*wshd_wsh.Request) error"},
	{"PassiveClosingHandshake", "func(*wshd_wsh.Request) (wshd_wsh.StatusCode, string, error)"},
	{"RenderPublication", "func(wshd_wsh.Publication) wshd_wsh.Message"},
	{"ServeHTTP", "func(wshd_http.ResponseWriter, *wshd_http.Request)"},
}

// handler is what a script consists of.
type handler struct {
	file      string // as it was named
	dir       string // absolute
	files     []sourceFile
	hooks     []string
	at        map[string]token.Position // where each is
	badSyntax bool                      // of a file: the compiler will report it
}

// sourceFile is one of its files.
type sourceFile struct {
	name string // in the folder
	text []byte // as it is to be compiled, in package main
	same bool   // as it is on disk
}

// readHandler reads the files of a script, and refuses what would be reported at the file that is added.
func readHandler(file string) (*handler, error) {
	names := []string{file}
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, script.Errors{{Pos: token.Position{Filename: file}, Msg: err.Error()}}
	case info.IsDir():
		if names, err = goFiles(file); err != nil {
			return nil, script.Errors{{Pos: token.Position{Filename: file}, Msg: err.Error()}}
		}
	}
	if len(names) == 0 {
		return nil, script.Errors{{Pos: token.Position{Filename: file}, Msg: "no Go files in this folder"}}
	}
	dir, err := filepath.Abs(filepath.Dir(names[0]))
	if err != nil {
		return nil, err
	}
	h := &handler{file: file, dir: dir, at: map[string]token.Position{}}
	fset := token.NewFileSet()
	for _, name := range names {
		if err := h.read(fset, name); err != nil {
			return nil, err
		}
	}
	return h, h.check()
}

// goFiles names the files in a folder that are part of its package.
func goFiles(folder string) (names []string, err error) {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if script.IsGo(e.Name()) {
			names = append(names, filepath.Join(folder, e.Name()))
		}
	}
	return names, err
}

// read reads one file. What is wrong with its syntax the compiler will say.
func (h *handler) read(fset *token.FileSet, name string) error {
	text, err := regular.Read(name)
	if err != nil {
		return script.Errors{{Pos: token.Position{Filename: name}, Msg: err.Error()}}
	}
	s := sourceFile{name: filepath.Base(name), text: text, same: true}
	f, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution)
	h.badSyntax = h.badSyntax || err != nil
	if f != nil && f.Name != nil && f.Name.Name != "main" && f.Name.Name != "_" {
		at := fset.Position(f.Name.Pos()).Offset
		s.text = slices.Concat(text[:at], []byte("main"), text[at+len(f.Name.Name):])
		s.same = false
	}
	h.files = append(h.files, s)
	if f == nil {
		return nil
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if ok && fn.Recv == nil && h.at[fn.Name.Name].Line == 0 {
			h.at[fn.Name.Name] = fset.Position(fn.Name.Pos())
		}
	}
	return nil
}

// check refuses what the compiler would say of the file that is added.
func (h *handler) check() error {
	if at, ok := h.at["main"]; ok {
		return script.Errors{{Pos: at, Msg: "a handler has no func main: the host calls its hooks; what must run once goes into func init"}}
	}
	for _, hook := range hooks {
		if _, ok := h.at[hook.name]; ok {
			h.hooks = append(h.hooks, hook.name)
		}
	}
	onlyHTTP := slices.Equal(h.hooks, []string{"ServeHTTP"})
	for _, name := range []string{"DoExtraHandshake", "TransferData"} {
		if !onlyHTTP && !h.badSyntax && !slices.Contains(h.hooks, name) {
			return script.Errors{{Pos: token.Position{Filename: h.file}, Msg: "no func " + name + "(r *wsh.Request) error"}}
		}
	}
	return nil
}

// args are the files as the go command is given them: files that are named are compiled whatever their
// build tags say.
func (h *handler) args() []string {
	var args []string
	for _, f := range h.files {
		args = append(args, f.name)
	}
	return append(args, mainFile)
}

// main is the text of the file that is added. A hook of a wrong type is told where the hook is.
func (h *handler) main() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "package main\n\nimport (\n\twshd_http \"net/http\"\n\n\twshd_worker \"wshd/host/worker\"\n\twshd_wsh \"wshd/plugins/wsh\"\n)\n\n")
	fmt.Fprintf(&b, "var _ wshd_http.Handler\n\nvar wshd_handler wshd_wsh.Handler\n")
	for _, hook := range hooks {
		if at, ok := h.at[hook.name]; ok {
			fmt.Fprintf(&b, "\nvar wshd_%s %s =\n//line %s:%d:%d\n%s\n", hook.name, hook.typ, filepath.Base(at.Filename), at.Line, at.Column, hook.name)
		}
	}
	fmt.Fprintf(&b, "\n//line %s:1\nfunc main() {\n", mainFile)
	for _, name := range h.hooks {
		fmt.Fprintf(&b, "\twshd_handler.%s = wshd_%s\n", name, name)
	}
	fmt.Fprintf(&b, "\twshd_worker.Main(&wshd_handler)\n}\n")
	return b.Bytes()
}

// explain makes errors of what the compiler said.
func (h *handler) explain(text string, err error) error {
	var list script.Errors
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "\t") && len(list) > 0 {
			list[len(list)-1].Msg += "\n" + line
			continue
		}
		if at, msg, ok := position(line); ok {
			list = append(list, script.Error{Pos: h.place(at), Msg: msg})
		}
	}
	if len(list) == 0 {
		return fmt.Errorf("compile %s: %w: %s", h.file, err, strings.TrimSpace(text))
	}
	return list
}

// position takes "file:line:column: message" or "file:line: message" apart.
func position(line string) (at token.Position, msg string, ok bool) {
	where, msg, ok := strings.Cut(line, ": ")
	if !ok {
		return at, "", false
	}
	parts := strings.Split(where, ":")
	if len(parts) < 2 {
		return at, "", false
	}
	var numbers []int
	for len(parts) > 1 && len(numbers) < 2 {
		n := 0
		if _, err := fmt.Sscanf(parts[len(parts)-1], "%d", &n); err != nil {
			break
		}
		numbers, parts = append([]int{n}, numbers...), parts[:len(parts)-1]
	}
	if len(numbers) == 0 {
		return at, "", false
	}
	at.Filename, at.Line = strings.Join(parts, ":"), numbers[0]
	if len(numbers) > 1 {
		at.Column = numbers[1]
	}
	return at, msg, true
}

// place names a file as the user has named the handler.
func (h *handler) place(at token.Position) token.Position {
	dir := h.file
	if len(h.files) == 1 && !isDir(h.file) {
		dir = filepath.Dir(h.file)
	}
	if !filepath.IsAbs(at.Filename) {
		at.Filename = filepath.Join(dir, filepath.FromSlash(at.Filename))
	}
	return at
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
