package plugins

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wshd/plugins/wsh/growth"
)

// BenchmarkLooking shows what it costs to see that nothing has changed, of handlers in one folder and of
// handlers in a folder each.
func BenchmarkLooking(b *testing.B) {
	for name, where := range map[string]string{"one folder": "h%d_wsh.go", "a folder each": "f%[1]d/h%[1]d_wsh.go"} {
		b.Run(name, func(b *testing.B) {
			growth.Doubling(b, 625, 5000, func(n int) func() {
				root := b.TempDir()
				for i := range n {
					file := filepath.Join(root, fmt.Sprintf(where, i))
					if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
						b.Fatal(err)
					}
					if err := os.WriteFile(file, []byte("package main\n"), 0o644); err != nil {
						b.Fatal(err)
					}
					old := time.Now().Add(-time.Hour) // what was written just now is read each time
					if err := os.Chtimes(file, old, old); err != nil {
						b.Fatal(err)
					}
				}
				s := scanner{root: root}
				return func() {
					if _, err := s.find(); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}
