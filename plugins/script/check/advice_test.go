package check

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAdviseFindsWhatInitStartsForGood(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want []string // lines and words
	}{
		"nothing":            {"func init() { x = 1 }\nvar x int", nil},
		"a goroutine":        {"func init() {\n\tgo run()\n}\nfunc run() {}", []string{"4:2: init starts a goroutine"}},
		"a literal":          {"func init() {\n\tgo func() {}()\n}", []string{"4:2: init starts a goroutine"}},
		"a timer":            {"func init() { time.AfterFunc(time.Second, run) }\nfunc run() {}", []string{"3:15: init starts a timer"}},
		"a ticker by a call": {"func init() { begin() }\nfunc begin() { begin(); t = time.NewTicker(time.Second) }\nvar t *time.Ticker", []string{"4:29: init starts a timer"}},
		"two inits":          {"func init() { go run() }\nfunc init() { go run() }\nfunc run() {}", []string{"3:15", "4:15"}},
		"with the version":   {"func init() { go run(wsh.VersionContext()) }\nfunc run(ctx context.Context) {}", nil},
		"a hook":             {"func TransferData(r *wsh.Request) error { go run(); return nil }\nfunc run() {}", nil},
		"a method":           {"type T int\nfunc (T) init() { go run() }\nfunc run() {}", nil},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "x_wsh.go")
			if err := os.WriteFile(file, []byte("package main\n\n"+test.body+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := Advise(file)
			if err != nil || len(found) != len(test.want) {
				t.Fatalf("got %v, %v, want %v", found, err, test.want)
			}
			for i, a := range found {
				if text := strings.TrimPrefix(a.String(), file+":"); !strings.HasPrefix(text, test.want[i]) {
					t.Errorf("got %s, want %s", text, test.want[i])
				}
			}
		})
	}
}
