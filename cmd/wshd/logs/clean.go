package logs

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxValue bounds one value of a line, in bytes: a client's request may hold more.
const maxValue = 16 << 10

// cleanText is s as it may be shown in a terminal, an editor and a browser: without the control characters
// from DEL on, without marks that turn the direction of what follows, and without ends of lines that only
// some see. Those before the space stay, since both formats escape them.
func cleanText(s string) string {
	if len(s) > maxValue {
		end := maxValue
		for end > maxValue-utf8.UTFMax && !utf8.RuneStart(s[end]) {
			end--
		}
		s = s[:end] + "…"
	}
	if isClean(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if !shown(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

func isClean(s string) bool {
	for _, r := range s { // what is no UTF-8 is utf8.RuneError
		if !shown(r) || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// shown reports whether r stands for itself. The two joiners do: letters of some languages, and
// pictures, are made with them.
func shown(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	return unicode.IsPrint(r) || r < ' ' || r == nonJoiner || r == joiner || unicode.Is(unicode.Zs, r)
}

// cleanLine is a line of text that nothing escapes.
func cleanLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' {
			return utf8.RuneError
		}
		return r
	}, s)
}

// clean makes an attribute fit to be shown.
func clean(a slog.Attr) slog.Attr {
	a.Key = cleanText(a.Key)
	a.Value = a.Value.Resolve()
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(cleanText(a.Value.String()))
	case slog.KindGroup:
		a.Value = slog.GroupValue(cleanAll(a.Value.Group())...)
	case slog.KindAny:
		text := fmt.Sprintf("%+v", a.Value.Any())
		if err, ok := a.Value.Any().(error); ok {
			text = err.Error()
		}
		if cleaned := cleanText(text); cleaned != text {
			a.Value = slog.StringValue(cleaned)
		}
	}
	return a
}

func cleanAll(attrs []slog.Attr) []slog.Attr {
	all := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		all[i] = clean(a)
	}
	return all
}

// cleanRecord is r with all that is in it clean.
func cleanRecord(r slog.Record) slog.Record {
	cleaned := slog.NewRecord(r.Time, r.Level, cleanText(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		cleaned.AddAttrs(clean(a))
		return true
	})
	return cleaned
}
