package config

import (
	"os"
	"path/filepath"
	"testing"
)

// settingsOf loads settings as the command line would.
func settingsOf(t *testing.T, environ []string, args ...string) (*Settings, error) {
	t.Helper()
	f, err := ParseFlags(args)
	if err != nil {
		return nil, err
	}
	return Load(f, environ)
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func readConfigFile(name string, c *Config) (map[string]string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return readConfig(name, text, c)
}
