package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"io"
	"net/http"
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/traefik/yaegi/interp"

	"wshd/plugins/script/std"
	"wshd/plugins/wsh"
)

// interpret evaluates a script on an interpreter of its own and fetches its hooks.
func interpret(ctx context.Context, prog *program, out *output) (*wsh.Handler, error) {
	var complaints bytes.Buffer
	in := interp.New(interp.Options{Stdin: strings.NewReader(""), Stdout: out, Stderr: io.MultiWriter(out, &complaints)})
	for _, f := range prog.files {
		for _, spec := range f.Imports {
			if err := in.Use(exports(spec, out)); err != nil {
				return nil, fmt.Errorf("load %s: %w", prog.name, err)
			}
		}
	}
	if err := in.Use(chooseExports()); err != nil {
		return nil, fmt.Errorf("load %s: %w", prog.name, err)
	}
	if err := evaluate(ctx, in, merge(prog.source)); err != nil {
		return nil, Errors{{token.Position{Filename: prog.name}, err.Error()}}
	}
	h := &wsh.Handler{}
	for _, hook := range hooks {
		if prog.pkg.Scope().Lookup(hook.name) == nil {
			continue
		}
		v, err := in.Eval(hook.name)
		if err != nil {
			return nil, fmt.Errorf("load %s: %s: %w", prog.name, hook.name, err)
		}
		attach(h, v)
	}
	return h, nil
}

// attach sets the field of h that v, a hook, belongs to.
func attach(h *wsh.Handler, v reflect.Value) {
	switch f := v.Interface().(type) {
	case func(*wsh.Request) (wsh.StatusCode, string, error):
		h.PassiveClosingHandshake = f
	case func(http.ResponseWriter, *http.Request):
		h.ServeHTTP = f
	case func(*wsh.Request) error:
		if h.DoExtraHandshake == nil {
			h.DoExtraHandshake = f
		} else {
			h.TransferData = f
		}
	}
}

func exports(spec *ast.ImportSpec, out *output) interp.Exports {
	path := strings.Trim(spec.Path.Value, "`\"")
	pkg := std.Packages()[path]
	table := map[string]reflect.Value{}
	for name, v := range std.Symbols(path) {
		table[name] = v
	}
	if path == "fmt" {
		table["Print"] = reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fprint(out, a...) })
		table["Printf"] = reflect.ValueOf(func(f string, a ...any) (int, error) { return fmt.Fprintf(out, f, a...) })
		table["Println"] = reflect.ValueOf(func(a ...any) (int, error) { return fmt.Fprintln(out, a...) })
	}
	return interp.Exports{path + "/" + pkg.Name(): table, "a/a": {}}
}

// evaluate runs the script's initialisation.
func evaluate(ctx context.Context, in *interp.Interpreter, src string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic while loading: %v\n%s", r, debug.Stack())
		}
	}()
	if _, err := in.EvalWithContext(ctx, src); err != nil {
		var p interp.Panic
		if errors.As(err, &p) {
			return fmt.Errorf("panic while loading: %v", p.Value)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("initialisation does not end: %w", ctx.Err())
		}
		return err
	}
	return nil
}

// merge makes one file of a script's files: their package clauses and imports are blanked out where
// they stand, so that positions are kept, and written once in front.
func merge(s *source) string {
	var b strings.Builder
	b.WriteString(`package main;import wshd_choose "` + choosePath + `";`)
	seen := map[string]bool{}
	for _, f := range s.files {
		for _, spec := range f.Imports {
			line := "import "
			if spec.Name != nil {
				line += spec.Name.Name + " "
			}
			if line += spec.Path.Value + ";"; !seen[line] {
				b.WriteString(line)
			}
			seen[line] = true
		}
	}
	for i, f := range s.files {
		text := bytes.Clone(s.text[i])
		blank := func(from, to token.Pos) {
			for i := s.fset.Position(from).Offset; i < s.fset.Position(to).Offset; i++ {
				if text[i] != '\n' {
					text[i] = ' '
				}
			}
		}
		blank(f.FileStart, f.Name.End())
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
				blank(g.Pos(), g.End())
			}
		}
		b.Write(apply(text, selectEdits(s.fset, f, text)))
		b.WriteByte('\n')
	}
	return b.String()
}
