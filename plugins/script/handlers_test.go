package script

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"wshd/plugins/wsh"
	"wshd/plugins/wsh/wshtest"
)

// TestHandlersUnderManyConnections runs handlers of the shapes that people write, each with many
// connections at the same time. Each says in its first lines what a client sends and must get back;
// %d is the connection's number.
func TestHandlersUnderManyConnections(t *testing.T) {
	files, err := filepath.Glob("testdata/handlers/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no handlers", err)
	}
	const connections = 50
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			h, err := Load(t.Context(), Config{Output: func(_, line string) { t.Log(line) }}, file, file)
			if err != nil {
				t.Fatal(err)
			}
			steps := conversation(t, file)
			var wg sync.WaitGroup
			for n := range connections {
				wg.Go(func() { converse(t, h, steps, n) })
			}
			wg.Wait()
		})
	}
}

// conversation reads the lines "// > text" and "// < text" of a handler.
func conversation(t *testing.T, file string) (steps []string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if s, ok := strings.CutPrefix(line, "// "); ok && (s[0] == '>' || s[0] == '<') {
			steps = append(steps, strings.TrimSpace(s))
		}
	}
	if len(steps) == 0 {
		t.Fatal("no conversation")
	}
	return steps
}

func converse(t *testing.T, h *wsh.Handler, steps []string, n int) {
	c := wshtest.Dial(t, h)
	for round := range 10 {
		for _, s := range steps {
			text := strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(s[1:]), "%d", fmt.Sprint(n)), "%r", fmt.Sprint(round))
			if s[0] == '>' {
				c.SendText(text)
			} else if got := c.ReceiveText(); got != text {
				t.Errorf("connection %d, round %d: got %q, want %q", n, round, got, text)
			}
		}
	}
	c.Close(1000, "")
}
