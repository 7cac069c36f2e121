package wshtest

import (
	"os"
	"path/filepath"
	"testing"
)

// A handler's test that fails fails the test of the folder; what the go command finds by itself is left to it.
func TestHandlersRunsTheTestsOfIgnoredFiles(t *testing.T) {
	dir := t.TempDir()
	const ignore = "//go:build ignore\n\npackage main\n"
	for name, text := range map[string]string{
		"go.mod":               "module x\n\ngo 1.26\n",
		"good_wsh.go":          ignore,
		"good_wsh_test.go":     ignore + "import (\"os\"; \"testing\")\nfunc TestX(t *testing.T) { os.WriteFile(\"good\", nil, 0o600) }\n",
		"sub/deep_wsh.go":      ignore,
		"sub/deep_wsh_test.go": ignore + "import (\"os\"; \"testing\")\nfunc TestX(t *testing.T) { os.WriteFile(\"deep\", nil, 0o600) }\n",
		"plain_wsh.go":         "package x\n",
		"plain_wsh_test.go":    "package x\nimport \"testing\"\nfunc TestX(t *testing.T) { t.Fatal() }\n",
		".wshd/x_wsh.go":       ignore,
		".wshd/x_wsh_test.go":  "broken",
		"gone_wsh_test.go":     ignore,
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("all", func(t *testing.T) { Handlers(t, dir) })
	for _, ran := range []string{"good", "sub/deep"} {
		if _, err := os.Stat(filepath.Join(dir, ran)); err != nil {
			t.Error(err)
		}
	}
}
