// Package urlpath is how a name stands in the path of a URL.
package urlpath

import (
	"net/url"
	"strings"
)

const upperHex = "0123456789ABCDEF"

// Escape is a path of names as a browser sends it, when it is given that as an address: the path
// percent-encode set of the URL standard is escaped, and besides it what would not be taken for a part of the
// path, or for another letter: # ? % and \.
func Escape(path string) string { return escape(path, true) }

func escape(path string, caret bool) string {
	n := 0
	for i := range len(path) {
		if escapes(path[i], caret) {
			n++
		}
	}
	if n == 0 {
		return path
	}
	b := make([]byte, 0, len(path)+2*n)
	for i := range len(path) {
		if c := path[i]; escapes(c, caret) {
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

func escapes(c byte, caret bool) bool {
	return c <= ' ' || c >= 0x7F || strings.IndexByte("\"#%<>?\\`{}", c) >= 0 || caret && c == '^'
}

// Unescape is the path of names that a browser sends as escaped. It is not ok unless that is exactly what
// Escape makes of them: other ways to write a path, such as /%65cho, are other paths. Browsers differ in
// whether they escape ^; both are taken.
func Unescape(escaped string) (path string, ok bool) {
	path, err := url.PathUnescape(escaped)
	return path, err == nil && (escape(path, true) == escaped || escape(path, false) == escaped)
}
