package hint

import (
	"path/filepath"
	"testing"
)

func TestTypedRunsWshdAgain(t *testing.T) {
	for _, tt := range []struct{ name, arg0, want string }{
		{"on the path", "wshd", "wshd"},
		{"built here", "./wshd", "./wshd"},
		{"elsewhere", "/opt/my tools/wshd", "'/opt/my tools/wshd'"},
		{"by go run", filepath.Join(t.TempDir(), "go-build1/b001/exe/wshd"), "wshd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Typed(tt.arg0); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTypedIsGoRunInACheckout(t *testing.T) {
	t.Chdir("../../..")
	built := filepath.Join(t.TempDir(), "go-build1/b001/exe/wshd")
	if got := Typed(built); got != "go run ./cmd/wshd" {
		t.Errorf("got %s, want go run ./cmd/wshd", got)
	}
}
