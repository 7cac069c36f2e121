package script

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHandlersUnderManyConnections runs handlers of the shapes that people write, each with many
// connections at the same time.
func TestHandlersUnderManyConnections(t *testing.T) {
	for file, text := range handlerFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			h, err := Load(t.Context(), Config{CPU: time.Minute, Output: func(_, line string) { t.Log(line) }}, file, file)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(h.Life.Retire)
			converse(t, h, conversation(t, text))
		})
	}
}

// TestHandlersCompiled has the same conversations with the same handlers, compiled.
func TestHandlersCompiled(t *testing.T) {
	n := newNativeBuild(t)
	var imports, calls strings.Builder
	for file, text := range handlerFiles(t) {
		pkg := strings.TrimSuffix(filepath.Base(file), ".go")
		n.put(t, "handler_"+pkg+"/h.go", strings.Replace(text, "package main", "package "+pkg, 1))
		fmt.Fprintf(&imports, "\t%q\n", "wshd/plugins/script/difftest/handler_"+pkg)
		var optional string
		for _, hook := range []string{"PassiveClosingHandshake", "RenderPublication", "ServeHTTP"} {
			if strings.Contains(text, "func "+hook+"(") {
				optional += ", " + hook + ": " + pkg + "." + hook
			}
		}
		fmt.Fprintf(&calls, "\tt.Run(%q, func(t *testing.T) {\n\t\tt.Parallel()\n\t\tconverse(t, &wsh.Handler{DoExtraHandshake: %s.DoExtraHandshake, TransferData: %s.TransferData%s}, conversation(t, %q))\n\t})\n",
			pkg, pkg, pkg, optional, text)
	}
	shared, err := os.ReadFile("conversation_test.go")
	if err != nil {
		t.Fatal(err)
	}
	n.put(t, "conversation_test.go", strings.Replace(string(shared), "package script", "package difftest", 1))
	n.put(t, "handlers_test.go", "package difftest\n\nimport (\n\t\"testing\"\n\n"+imports.String()+"\t\"wshd/plugins/wsh\"\n)\n\nfunc TestHandlers(t *testing.T) {\n"+calls.String()+"}\n")
	n.run(t, true)
}

func handlerFiles(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/handlers/*.go")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d handlers, want at least 40: %v", len(files), err)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(text)
	}
	return texts
}
