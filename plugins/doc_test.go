package plugins_test

import (
	"testing"

	"wshd/plugins"
)

func TestRoutesTellDocComments(t *testing.T) {
	r := loaded(t, folder(t,
		"one_wsh.go", "//go:build ignore\n\n// One answers once, and no more. It has another sentence.\npackage main\n",
		"none_wsh.go", "//go:build ignore\n\npackage main\n",
		"broken_wsh.go", "// Broken says what it would do.\npackage main\n\nfunc {",
		"many_wsh/a.go", "package many\n",
		"many_wsh/b_test.go", "// Tests are no part of it.\npackage many\n",
		"many_wsh/c.go", "// Many files make one handler\npackage many\n",
	), plugins.Config{}, "/broken", "/many", "/none", "/one")
	want := map[string]string{
		"/one": "One answers once, and no more. It has another sentence.\n", "/none": "", "/broken": "Broken says what it would do.\n",
		"/many": "Many files make one handler\n",
	}
	for _, route := range r.Routes() {
		if got := route.Doc; got != want[route.Path] {
			t.Errorf("%s: got %q, want %q", route.Path, got, want[route.Path])
		}
		delete(want, route.Path)
	}
	if len(want) > 0 {
		t.Errorf("not listed: %v", want)
	}
}
