package hint

import (
	"go/token"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Excerpts shows the source lines that errors are about.
type Excerpts map[string][]string // the lines of each file

// Of is the line at a position, and a caret to stand under it; both are "" if there is none.
func (x Excerpts) Of(at token.Position) (line, caret string) {
	if at.Line < 1 {
		return "", ""
	}
	name := at.Filename
	if _, ok := x[name]; !ok {
		text, _ := os.ReadFile(name) // gone meanwhile: the message stands alone
		x[name] = strings.Split(string(text), "\n")
	}
	if at.Line > len(x[name]) {
		return "", ""
	}
	return excerpt(strings.TrimSuffix(x[name][at.Line-1], "\r"), at.Column)
}

// around is how much of a long line is shown before and behind the caret.
const around = 60

// excerpt is a line to show, and a caret under a column of it, which counts bytes from 1; 0: no caret.
func excerpt(line string, column int) (shown, caret string) {
	at := min(max(column-1, 0), len(line))
	rest := strings.TrimLeft(line, " \t")
	if rest == "" {
		return "", ""
	}
	at = max(at-(len(line)-len(rest)), 0)
	before, behind := rest[:at], strings.TrimRight(rest[at:], " \t")
	if runes := []rune(before); len(runes) > around {
		before = "…" + string(runes[len(runes)-around:])
	}
	if runes := []rune(behind); len(runes) > around {
		behind = string(runes[:around]) + "…"
	}
	if column > 0 {
		caret = "    " + blank(before) + "^"
	}
	return "    " + before + behind, caret
}

// blank is as wide as text, tabs where it has them.
func blank(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\t':
			b.WriteByte('\t')
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf): // stands on the one before
		case wide(r):
			b.WriteString("  ")
		default:
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// wide reports whether terminals give r two columns.
func wide(r rune) bool {
	if r == utf8.RuneError || r < 0x1100 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana) ||
		r >= 0x3000 && r <= 0x303e || r >= 0xff01 && r <= 0xff60 || r >= 0x1f300 && r <= 0x1faff
}
