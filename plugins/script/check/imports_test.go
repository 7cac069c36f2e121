package check

import (
	"os/exec"
	"strings"
	"testing"

	"wshd/plugins/script/std"
)

func TestImports(t *testing.T) {
	for _, tt := range []struct{ list, want string }{
		{"", ""},
		{"default", ""},
		{"default os net/smtp wshd/plugins/wsh", ""},
		{"defaul", "there is no package defaul (did you mean default?)"},
		{"ne", "there is no package ne (did you mean net?)"},
		{"reflect os", "package reflect cannot be opened to scripts: script types look different"},
		{"example.com/x", "there is no package example.com/x in Go's library: modules go into vendor"},
	} {
		err := Imports(strings.Fields(tt.list))
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %s", tt.list, err, tt.want)
		}
	}
}

// TestEveryPackageOfGoIsDecidedOn: each can be imported, or it is said why not.
func TestEveryPackageOfGoIsDecidedOn(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "std").Output()
	if err != nil {
		t.Skip("the go command is not here, and what Go has is not known")
	}
	for path := range strings.FieldsSeq(string(out)) {
		hidden := strings.Contains(path, "internal") || strings.HasPrefix(path, "vendor/")
		if !hidden && !std.Has(path) && whyNever(path) == "" {
			t.Errorf("%s: neither in std/packages.txt nor in never", path)
		}
	}
	for path := range never {
		if std.Has(path) {
			t.Errorf("%s can be imported, and is said to be never", path)
		}
	}
}
