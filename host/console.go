package host

import (
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
)

// consolePage is the built-in page that talks to any path, where the documents are the built-in ones.
const consolePage = "console.html"

// explain answers a plain request for a path that has nothing to show. A browser gets a page with a link to the
// console, with the path filled in, if there is one; anybody else the text alone.
func (c *Config) explain(w http.ResponseWriter, q *http.Request, path string, status int, why string) {
	if !strings.Contains(q.Header.Get("Accept"), "text/html") || c.Documents == nil {
		plain(w, status, why)
		return
	}
	if _, err := fs.Stat(c.Documents, consolePage); err != nil {
		plain(w, status, why)
		return
	}
	up := strings.Repeat("../", max(0, strings.Count(path, "/")-1)) // a proxy may have put a prefix before ours
	if up == "" {
		up = "./"
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, explained, http.StatusText(status), up, status, html.EscapeString(why), up+consolePage+"?path="+url.QueryEscape(path), html.EscapeString(path))
}

const explained = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<link rel="stylesheet" href="%sstyle.css">
<body>
<main class="page">
<h1>%d</h1>
<section class="panel">
<pre>%s</pre>
<p><a href="%s">Open %s in the console</a></p>
</section>
</main>
`
