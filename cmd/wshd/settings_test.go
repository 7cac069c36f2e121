package main

import (
	"os"
	"path/filepath"
	"testing"

	"wshd/cmd/wshd/config"
)

// settingsOf loads settings as the command line would.
func settingsOf(t *testing.T, environ []string, args ...string) (*config.Settings, error) {
	t.Helper()
	f, err := config.ParseFlags(args)
	if err != nil {
		return nil, err
	}
	return config.Load(f, environ)
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
