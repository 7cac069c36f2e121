package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"wshd/cmd/wshd/config"
)

// TestEveryKeyIsInItsPlaces: a key is a field of config.Config, its use in serve, its line in config.yaml
// and its line in usage.go. The table in docs/configuration.md is written by UPDATE=1 go test.
func TestEveryKeyIsInItsPlaces(t *testing.T) {
	shipped, err := settingsOf(t, nil, "--config", checkout+"/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	used := selectors(t, "serve", "config")
	fields := fieldsOf(reflect.TypeFor[config.Config]())
	defaults := config.Defaults()
	for i, k := range config.Keys(&defaults) {
		if !shipped.IsSet(k.Name) {
			t.Errorf("%s is not in config.yaml", k.Name)
		}
		if !regexp.MustCompile(`--` + k.Flag() + `\b[^-]`).MatchString(usage) {
			t.Errorf("%s is not in usage.go, as --%s", k.Name, k.Flag())
		}
		if !used[fields[i]] && !used[strings.Split(fields[i], ".")[0]] {
			t.Errorf("%s is not used: nothing in cmd/wshd/serve asks for %s", k.Name, fields[i])
		}
	}
	const name = checkout + "/docs/configuration.md"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(\| key \|.*\n\|---\|---\|---\|---\|\n)(\| .*\n)+`)
	want := table.ReplaceAllString(string(text), "${1}"+keyTable())
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(text) || !strings.Contains(want, keyTable()) {
		t.Errorf("the table of all keys in docs/configuration.md is not of the keys: UPDATE=1 go test -run %s ./cmd/wshd", t.Name())
	}
}

// keyTable has a row for each key.
func keyTable() string {
	var b strings.Builder
	c := config.Defaults()
	for _, k := range config.Keys(&c) {
		fmt.Fprintf(&b, "| `%s` | `%s` | `--%s` | `%s` |\n", k.Name, k, k.Flag(), k.Env())
	}
	return b.String()
}

// fieldsOf lists the fields that are keys, Limits.MessageSize, in the order of config.Keys.
func fieldsOf(of reflect.Type) (names []string) {
	for i := range of.NumField() {
		f := of.Field(i)
		if f.Type.Kind() != reflect.Struct {
			names = append(names, f.Name)
			continue
		}
		for _, name := range fieldsOf(f.Type) {
			names = append(names, f.Name+"."+name)
		}
	}
	return names
}

// selectors are what the code in some folders asks its settings for: Limits.MessageSize for
// s.Limits.MessageSize. What checks or prints a value makes no use of it.
func selectors(t *testing.T, folders ...string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	for _, folder := range folders {
		files, err := filepath.Glob(folder + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: found %v, %v", folder, files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || file == "config/verify.go" {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				x, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				path := strings.Split(types.ExprString(x), ".")[1:] // without the variable
				if path[0] == "settings" || path[0] == "Config" {
					path = path[1:]
				}
				found[strings.Join(path, ".")] = true
				return strings.ContainsAny(types.ExprString(x), "()[]") // a plain one has been looked at
			})
		}
	}
	return found
}
