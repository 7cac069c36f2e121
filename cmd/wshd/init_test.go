package main

import (
	"path/filepath"
	"testing"
)

func TestInitSaysWhatToTypeNext(t *testing.T) {
	for _, tt := range []struct{ name, arg0, want string }{
		{"on the path", "wshd", "wshd"},
		{"built here", "./wshd", "./wshd"},
		{"elsewhere", "/opt/my tools/wshd", "'/opt/my tools/wshd'"},
		{"by go run", filepath.Join(t.TempDir(), "go-build1/b001/exe/wshd"), "wshd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := typed(tt.arg0); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
