package hint

import (
	"os"
	"path/filepath"
	"strings"
)

// Typed is what to type to run wshd again, by os.Args[0]: ./wshd, if it is not on the path, and go run
// where that is what built it, since what it has built is gone by then.
func Typed(arg0 string) string {
	switch {
	case !strings.Contains(arg0, string(filepath.Separator)):
		return "wshd"
	case !strings.HasPrefix(arg0, os.TempDir()):
		return ShellQuote(arg0)
	}
	if _, err := os.Stat(filepath.Join("cmd", "wshd", "main.go")); err == nil && strings.Contains(arg0, "go-build") {
		return "go run ./cmd/wshd"
	}
	return "wshd"
}

// ShellQuote makes a file name one word for a shell.
func ShellQuote(name string) string {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") == "" {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
