package hint

import (
	"strings"
	"testing"
)

func TestExcerptHasItsCaretUnderTheColumn(t *testing.T) {
	long := strings.Repeat("a", 100) + "!" + strings.Repeat("b", 100)
	for _, tt := range []struct {
		name, line string
		column     int
		want       string
	}{
		{"plain", "return nothing", 8, "    return nothing\n           ^"},
		{"indented with tabs", "\t\treturn nothing", 10, "    return nothing\n           ^"},
		{"indented with blanks", "  x := 1", 3, "    x := 1\n    ^"},
		{"in the indentation", "\t\tx", 1, "    x\n    ^"},
		{"behind a tab", "\tx :=\ty", 7, "    x :=\ty\n        \t^"},
		{"behind Chinese", `s := "发送" + x`, 17, "    s := \"发送\" + x\n                  ^"},
		{"behind an accent", "s := \"e\u0301\" + x", 14, "    s := \"e\u0301\" + x\n               ^"},
		{"at the end", "}", 2, "    }\n     ^"},
		{"past the end", "}", 99, "    }\n     ^"},
		{"no column", "a: b", 0, "    a: b\n"},
		{"an empty line", "\t", 1, "\n"},
		{"a long line", long, 101, "    …" + strings.Repeat("a", 60) + "!" + strings.Repeat("b", 59) + "…\n" + strings.Repeat(" ", 65) + "^"},
	} {
		line, caret := excerpt(tt.line, tt.column)
		if got := line + "\n" + caret; got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}
