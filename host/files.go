package host

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"

	"wshd/host/documents"
	"wshd/plugins/wsh/protocol"
)

// document is a plain file that a request asks for, or the folder that it forgot the slash of.
type document struct {
	file   fs.File
	info   fs.FileInfo
	name   string // its last element tells the client the file's type
	served string // the path of what is served, links followed
	folder bool   // there is an index.html in it, and the path has no slash at its end
}

// findDocument opens the plain file that a request asks for: GET and HEAD only, a folder by its index.html.
// nil: there is none. What is there and is not sent is an error.
func (c *Config) findDocument(q *http.Request) (*document, error) {
	if q.Method != http.MethodGet && q.Method != http.MethodHead {
		return nil, nil
	}
	name, ok := documentName(q)
	if !ok {
		return nil, nil
	}
	here := c.Here != nil && c.Door.FromHere(q)
	if _, own := c.Documents.(*documents.Root); here && !own {
		return c.findIn(c.Here, q, name)
	}
	if c.Documents == nil {
		return nil, nil
	}
	d, err := c.findIn(c.Documents, q, name)
	if d == nil && err == nil && here && name != "." {
		return c.findIn(c.Here, q, name)
	}
	return d, err
}

// findIn opens the plain file of this name.
func (c *Config) findIn(files fs.FS, q *http.Request, name string) (*document, error) {
	d, err := c.open(files, name)
	if d == nil || err != nil || !d.info.IsDir() {
		return d, err
	}
	d.file.Close()
	index, err := c.open(files, path.Join(name, "index.html"))
	if index == nil || err != nil {
		return nil, err
	}
	if !strings.HasSuffix(q.URL.Path, "/") {
		index.folder = true
	}
	if index.info.IsDir() {
		index.file.Close()
		return nil, nil
	}
	return index, nil
}

// open opens a file or a folder. nil: it is not there.
func (c *Config) open(files fs.FS, name string) (*document, error) {
	served := "/" + strings.TrimPrefix(name, ".")
	if root, ok := files.(*documents.Root); ok {
		found, err := root.Find(name)
		if errors.Is(err, documents.ErrWithheld) {
			return nil, err
		}
		if served = found.Path; err == nil && !found.Info.IsDir() && c.CGI.covers(served) {
			return nil, fmt.Errorf("%w: it is a link to a program", documents.ErrWithheld)
		}
	}
	file, err := files.Open(name)
	if err != nil {
		return nil, nil
	}
	info, err := file.Stat()
	if err != nil || !info.IsDir() && !info.Mode().IsRegular() {
		file.Close()
		return nil, nil
	}
	return &document{file: file, info: info, name: name, served: served}, nil
}

// maxRanges bounds the ranges of a file that one request may ask for; with more it is sent the whole file.
// Readers of documents ask for a dozen.
const maxRanges = 64

// serve sends the file.
func (d *document) serve(w http.ResponseWriter, q *http.Request) {
	if d.folder { // the page's links are relative to the folder
		to := url.URL{Path: path.Base(q.URL.Path) + "/", RawQuery: q.URL.RawQuery}
		w.Header().Set("Location", to.String())
		w.WriteHeader(http.StatusMovedPermanently)
		return
	}
	content, ok := d.file.(io.ReadSeeker)
	if !ok {
		plain(w, http.StatusInternalServerError, "this file cannot be sent")
		return
	}
	// RFC 9110, section 14.2: a server may ignore Range. Each of many small parts has a head of its own, which
	// makes of a few bytes of the request a hundred of the answer.
	if strings.Count(q.Header.Get("Range"), ",") >= maxRanges {
		q.Header.Del("Range")
	}
	http.ServeContent(w, q, d.name, d.info.ModTime(), content)
}

// notSent answers a request for a file that is withheld as if there were none.
func (s *Server) notSent(w http.ResponseWriter, q *http.Request, c *Config, why error) {
	log := c.Log.With("status", http.StatusNotFound, "resource", protocol.Shorten(q.URL.Path), "remote", q.RemoteAddr, "err", why)
	s.countRefusal(slog.LevelInfo, log, "a file that is not sent")
	notFound(w)
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
	return name, !documents.Hidden(name) && fs.ValidPath(name) && !strings.ContainsRune(name, 0)
}
