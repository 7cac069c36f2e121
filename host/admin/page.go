package admin

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"time"
)

//go:embed page
var pages embed.FS

// page serves one of the files. They load nothing from elsewhere, run no inline script, and let no
// other page frame them.
func (a *Admin) page(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		text, err := pages.ReadFile("page/" + name)
		if err != nil {
			text, _ = fs.ReadFile(a.c.Assets, name) // it is there
		}
		h := w.Header()
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Security-Policy", "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		http.ServeContent(w, q, name, time.Time{}, bytes.NewReader(text))
	}
}
