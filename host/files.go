package host

import (
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cgi"
	"os"
	"path"
	"path/filepath"
	"strings"

	"wshd/plugins/wsh"
)

// serveFile answers with a plain file, if there is one: GET and HEAD only, a folder by its
// index.html. What begins with a dot, and handlers' sources, are never served.
func (c *Config) serveFile(w http.ResponseWriter, q *http.Request, t target) bool {
	if c.Documents == nil || q.Method != http.MethodGet && q.Method != http.MethodHead {
		return false
	}
	name, ok := documentName(q)
	if !ok {
		return false
	}
	info, err := fs.Stat(c.Documents, name)
	if err == nil && info.IsDir() {
		index := path.Join(name, "index.html")
		if _, err = fs.Stat(c.Documents, index); strings.HasSuffix(q.URL.Path, "/") {
			name = index // of a name without the slash, ServeFileFS makes a redirect
		}
	}
	if err != nil {
		return false
	}
	http.ServeFileFS(w, q, c.Documents, name)
	return true
}

// documentName turns a URL path into a file name below the document root.
func documentName(q *http.Request) (name string, ok bool) {
	if !strings.HasPrefix(q.URL.Path, "/") {
		return "", false
	}
	name = strings.Trim(q.URL.Path, "/")
	if name == "" {
		return ".", true
	}
	for element := range strings.SplitSeq(name, "/") {
		hidden := strings.HasPrefix(element, ".") && element != ".well-known"
		if hidden || strings.HasSuffix(element, "_wsh.go") || strings.HasSuffix(element, "_wsh") {
			return "", false
		}
	}
	return name, fs.ValidPath(name)
}

// serveCGI runs an executable file below one of the CGI paths, as RFC 3875 says. What follows the
// file's name in the path is its PATH_INFO.
func (c *Config) serveCGI(w http.ResponseWriter, q *http.Request, user *wsh.User) bool {
	if c.CGI.Root == "" {
		return false
	}
	name, ok := documentName(q)
	if !ok || !c.CGI.covers("/"+name) {
		return false
	}
	program, script := c.CGI.program(name)
	if program == "" {
		return false
	}
	h := cgi.Handler{
		Path:   program,
		Root:   script,
		Dir:    filepath.Dir(program),
		Logger: slog.NewLogLogger(c.Log.With("script", script).Handler(), slog.LevelError),
	}
	if user != nil { // RFC 3875, section 4.1.11
		h.Env = []string{"REMOTE_USER=" + strings.ReplaceAll(user.Name, "\x00", "")}
	}
	h.ServeHTTP(w, q)
	return true
}

func (c CGI) covers(urlPath string) bool {
	for _, p := range c.Paths {
		p = "/" + strings.Trim(p, "/")
		if p == "/" || strings.HasPrefix(urlPath, p+"/") {
			return true
		}
	}
	return false
}

// program finds the first element of name that is a file, if that can be run.
func (c CGI) program(name string) (file, script string) {
	elements := strings.Split(name, "/")
	for n := range elements {
		script = "/" + strings.Join(elements[:n+1], "/")
		file, err := filepath.Abs(filepath.Join(c.Root, filepath.FromSlash(script)))
		if err != nil {
			return "", ""
		}
		info, err := os.Stat(file)
		if err != nil {
			return "", ""
		}
		if info.Mode().IsRegular() {
			if info.Mode().Perm()&0o111 == 0 {
				return "", ""
			}
			return file, script
		}
	}
	return "", ""
}
