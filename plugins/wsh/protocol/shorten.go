package protocol

import "strings"

// mostWords is how much is said of a client's words, in bytes.
const mostWords = 256

// Shorten bounds what an answer, or a line of the log, repeats of a client's words.
func Shorten(s string) string {
	if len(s) <= mostWords {
		return s
	}
	return strings.ToValidUTF8(s[:mostWords], "") + "…"
}
