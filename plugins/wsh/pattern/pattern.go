// Package pattern is a path with wildcards, such as /rooms/{room}, with the syntax and precedence of
// http.ServeMux.
package pattern

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"

	"wshd/plugins/wsh/urlpath"
)

// Check says what is wrong with a pattern; nil: nothing is.
func Check(text string) error {
	switch {
	case !strings.HasPrefix(text, "/"):
		return fmt.Errorf("%q does not begin with / (a pattern is a path alone, without method and host: write /rooms/{room})", text)
	case strings.ContainsAny(text, " \t"):
		return fmt.Errorf("%q is more than a path (a blank is written %%20)", text)
	case strings.ContainsAny(text, "?#"):
		return fmt.Errorf("%q is more than a path: what follows a ? or # is not part of it", text)
	}
	if err := register(http.NewServeMux(), text); err != nil {
		return err
	}
	if name, err := url.PathUnescape(text); err != nil || !clean(name) {
		return fmt.Errorf("%q matches nothing: a path has no . or .. in it, nor nothing between two slashes", text)
	}
	return nil
}

// offset is where http.ServeMux begins to say what is wrong.
var offset = regexp.MustCompile(`(?s)^parsing ".*": at offset \d+: `)

// register adds a pattern to a mux, which panics where it cannot.
func register(mux *http.ServeMux, text string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			why := fmt.Sprint(v)
			why = why[len(offset.FindString(why)):]
			err = fmt.Errorf("%q is no pattern: %s", text, why)
		}
	}()
	mux.HandleFunc(text, matched)
	return nil
}

// Exact is the path that a pattern without wildcards is, as it is written there. A slash at the end stands for
// all below, as http.ServeMux has it.
func Exact(text string) (path string, ok bool) {
	if strings.Contains(text, "{") || strings.HasSuffix(text, "/") {
		return "", false
	}
	return text, true
}

// Names are those of a pattern's wildcards.
func Names(text string) (names []string) {
	for element := range strings.SplitSeq(text, "/") {
		if name, ok := wildcard(element); ok && name != "$" {
			names = append(names, strings.TrimSuffix(name, "..."))
		}
	}
	return names
}

// wildcard is what stands between the braces of an element of a pattern.
func wildcard(element string) (name string, ok bool) {
	if name, ok = strings.CutPrefix(element, "{"); ok {
		name, ok = strings.CutSuffix(name, "}")
	}
	return name, ok
}

// Shape is a pattern without the names of its wildcards: of two of one shape each matches what the other does.
func Shape(text string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	elements := strings.Split(text, "/")
	for i, element := range elements {
		switch name, ok := wildcard(element); {
		case !ok || name == "$":
		case strings.HasSuffix(name, "..."):
			elements[i] = "{...}"
		default:
			elements[i] = "{}"
		}
	}
	return strings.Join(elements, "/")
}

// Set is patterns of which none conflicts with another. Its zero value is empty. It is not to be added to
// while it matches.
type Set struct {
	mux  *http.ServeMux
	list []string
}

// Add adds a pattern that Check finds nothing wrong with. Where it conflicts with another it is not added, and
// that is returned.
func (s *Set) Add(text string) (conflicting string) {
	if s.mux == nil {
		s.mux = http.NewServeMux()
	}
	if register(s.mux, text) == nil {
		s.list = append(s.list, text)
		return ""
	}
	for _, other := range s.list {
		two := http.NewServeMux()
		if register(two, other) == nil && register(two, text) != nil {
			return other
		}
	}
	return text // which Check refuses
}

// Match finds the pattern for a path as it stands in a request, and what its wildcards stand for. As with other
// paths the pattern's own letters are to come as they are or as browsers escape them, and nothing is cleaned
// up: what has . or .. or nothing between two slashes matches no pattern, escaped or not, so that a path means
// to rules for paths what it means to the handler.
func (s *Set) Match(raw string) (text string, values map[string]string, ok bool) {
	if s.mux == nil || !strings.HasPrefix(raw, "/") {
		return "", nil, false
	}
	name, err := url.PathUnescape(raw)
	if err != nil || !clean(name) {
		return "", nil, false
	}
	q := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: name, RawPath: raw}}
	found := new(answer)
	s.mux.ServeHTTP(found, q)
	if !found.matched || !literally(q.Pattern, raw) {
		return "", nil, false
	}
	values = map[string]string{}
	for _, name := range Names(q.Pattern) {
		values[name] = q.PathValue(name)
	}
	return q.Pattern, values, true
}

// clean reports whether path.Clean would leave a path as it is, but for a slash at its end.
func clean(name string) bool {
	return name == "/" || path.Clean(name) == strings.TrimSuffix(name, "/")
}

// literally reports whether what a pattern says without wildcards is in the path as it is, or as browsers
// escape it: http.ServeMux lets it be written otherwise.
func literally(text, raw string) bool {
	for rest, more := text, true; more; {
		var element, came string
		element, rest, more = strings.Cut(rest, "/")
		came, raw, _ = strings.Cut(raw, "/")
		if _, ok := wildcard(element); ok || element == "" {
			continue
		}
		want, err := url.PathUnescape(element)
		if err != nil {
			return false // http.ServeMux takes no such pattern
		}
		if name, ok := urlpath.Unescape(came); came != want && (!ok || name != want) {
			return false
		}
	}
	return true
}

// answer is where the mux has the match written.
type answer struct{ matched bool }

func matched(w http.ResponseWriter, _ *http.Request) { w.(*answer).matched = true }

// Header, Write and WriteHeader take what the mux says of redirects and errors.
func (a *answer) Header() http.Header         { return http.Header{} }
func (a *answer) Write(p []byte) (int, error) { return len(p), nil }
func (a *answer) WriteHeader(int)             {}
