package script

import (
	"os"
	"path/filepath"
	"testing"
)

// recursive has types within themselves, for which reflect makes types that it never gives back.
const recursive = `package main

import (
	"encoding/json"
	"fmt"

	"wshd/plugins/wsh"
)

type Tree struct {
	Left, Right *Tree
	Kids        []*Tree
	Owner       *Owner
}

type Owner struct{ Trees []Tree }

func (t *Tree) String() string { return "a tree" }

func DoExtraHandshake(r *wsh.Request) error { return nil }

func TransferData(r *wsh.Request) error {
	text, err := json.Marshal(&Tree{Owner: &Owner{}})
	r.Data = fmt.Sprint(string(text), &Tree{})
	return err
}
`

// reloaded are scripts that are loaded again and again, with calls of what they do.
func reloaded(t testing.TB) (files []string) {
	tree := filepath.Join(t.TempDir(), "tree_wsh.go")
	if err := os.WriteFile(tree, []byte(recursive), 0o644); err != nil {
		t.Fatal(err)
	}
	return []string{tree, echoScript, "testdata/handlers/hub_channels.go", "testdata/handlers/state_json.go", "testdata/handlers/worker_pool.go"}
}

func reload(t testing.TB, file string) {
	if _, err := Load(t.Context(), Config{}, file, "reloaded"); err != nil {
		t.Fatal(err)
	}
}

func TestReloadsKeepNoMemory(t *testing.T) {
	files := reloaded(t)
	for range 10 {
		for _, file := range files {
			reload(t, file)
		}
	}
	_, before := memory()
	const reloads = 500
	for i := range reloads {
		reload(t, files[i%len(files)])
	}
	_, after := memory()
	if kept := (after - before) / reloads; kept > 200 {
		t.Errorf("each reload keeps %d bytes", kept)
	}
}

// BenchmarkReload reports what a reload keeps.
func BenchmarkReload(b *testing.B) {
	files := reloaded(b)
	for _, file := range files {
		reload(b, file)
	}
	_, before := memory()
	n := 0
	for b.Loop() {
		reload(b, files[n%len(files)])
		n++
	}
	_, after := memory()
	b.ReportMetric(float64(after-before)/float64(n), "kept-B/reload")
}
