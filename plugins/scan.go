package plugins

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	fileSuffix   = "_wsh.go"
	folderSuffix = "_wsh"
	pythonSuffix = "_wsh.py"
)

// source is a script as it is found.
type source struct {
	path   string // of the URL
	script string // relative to the root, with slashes
	file   string // to be opened
	folder bool
	digest
}

// stamp stands for all that a version of the script is made of.
func (s source) stamp(f found) string {
	stamp := s.script + "\n" + s.sum
	if s.uses(f.module) {
		stamp += "\n" + f.shared
	}
	return stamp
}

// found is what there is below the root at one time.
type found struct {
	sources  []source
	shared   string   // the digest of all Go files that are no handlers, which handlers may import
	module   string   // what their import paths begin with
	folders  []string // where to watch
	unread   []string // folders of the root that could not be read: what was in them may still be
	warnings []Event
}

// hides reports whether a script may still be there, in a folder that could not be read.
func (f found) hides(script string) bool {
	return slices.ContainsFunc(f.unread, func(folder string) bool { return strings.HasPrefix(script, folder+"/") })
}

// scanner finds scripts. It remembers the digests of files from one time to the next.
type scanner struct {
	root, scan string
	outside    bool
	files      map[string]remembered
}

// search is one run of a scanner.
type search struct {
	*scanner
	found
	real   string // the root's own path, without links
	files  map[string]remembered
	shared hash.Hash
	paths  map[string]int // index into sources
}

// find looks through the whole root. Its error is the root's.
func (s *scanner) find() (found, error) {
	real, err := realPath(s.root)
	if err != nil {
		return found{}, err
	}
	w := &search{scanner: s, real: real, files: map[string]remembered{}, shared: sha256.New(), paths: map[string]int{}}
	w.module = defaultModule
	if err := w.folder("", real, nil); err != nil {
		return found{}, err
	}
	s.files = w.files
	w.found.shared = string(w.shared.Sum(nil))
	return w.found, nil
}

// realPath resolves all links.
func realPath(name string) (string, error) {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}

// wanted reports whether handlers in a folder of the root are served.
func (w *search) wanted(rel string) bool {
	return w.scan == "" || rel == w.scan || strings.HasPrefix(rel, w.scan+"/")
}

func (w *search) warn(rel, format string, args ...any) {
	err := fmt.Errorf("%s: "+format, append([]any{filepath.Join(w.root, filepath.FromSlash(rel))}, args...)...)
	w.warnings = append(w.warnings, Event{Kind: Warning, Script: rel, Err: err})
}

// folder looks through one folder. real is its path without links, above those of the folders that
// the way led through: to come back to one of them would be to go round in circles.
func (w *search) folder(rel, real string, above []string) error {
	entries, err := os.ReadDir(filepath.Join(w.root, filepath.FromSlash(rel)))
	if err != nil {
		return err
	}
	w.folders = append(w.folders, real)
	above = append(slices.Clip(above), real)
	python := ""
	for _, e := range entries {
		name := e.Name()
		if name[0] == '.' {
			continue
		}
		at := path.Join(rel, name)
		target, info, err := w.follow(at, filepath.Join(real, name), e)
		switch {
		case err != nil && e.Type()&fs.ModeSymlink == 0 && errors.Is(err, fs.ErrNotExist): // gone meanwhile
		case err != nil:
			if w.wanted(rel) && isHandlerName(name) {
				w.warn(at, "skipped: %w", err)
			}
		case info.IsDir():
			w.enter(at, name, target, above)
		case strings.HasSuffix(name, pythonSuffix):
			python = name
		case !info.Mode().IsRegular(): // to open a pipe would wait for its other end
			if w.wanted(rel) && isHandlerName(name) {
				w.warn(at, "skipped: it is not a regular file")
			}
		default:
			w.file(at, name, target, info)
		}
	}
	if python != "" && w.wanted(rel) {
		w.warn(rel, "Python handlers such as %s are not run; docs/coming-from-pywebsocket.md says how to write them in Go", python)
	}
	return nil
}

// isHandlerName reports whether a name that cannot be followed would be missed.
func isHandlerName(name string) bool {
	return strings.HasSuffix(name, fileSuffix) || strings.HasSuffix(name, folderSuffix)
}

// follow resolves a name of a folder. Links that lead out of the root are errors, unless allowed.
func (w *search) follow(rel, real string, e fs.DirEntry) (target string, info fs.FileInfo, err error) {
	full := filepath.Join(w.root, filepath.FromSlash(rel))
	if e.Type()&fs.ModeSymlink == 0 {
		info, err = os.Stat(full)
		return real, info, err
	}
	if target, err = realPath(full); err != nil {
		return "", nil, err
	}
	if info, err = os.Stat(target); err != nil {
		return "", nil, err
	}
	if !w.outside && target != w.real && !strings.HasPrefix(target, strings.TrimSuffix(w.real, string(filepath.Separator))+string(filepath.Separator)) {
		err = fmt.Errorf("it is a link to %s, out of the handler root; allow_outside_links follows such", target)
		if info.IsDir() && w.wanted(rel) && !isHandlerName(e.Name()) {
			w.warn(rel, "skipped: %w", err)
		}
		return "", nil, err
	}
	return target, info, nil
}

// enter looks into a folder of a folder: it is a handler, or holds some.
func (w *search) enter(rel, name, real string, above []string) {
	if name == "vendor" || slices.Contains(above, real) {
		return
	}
	if strings.HasSuffix(name, folderSuffix) && w.wanted(path.Dir(rel)) && w.handler(rel, real, above) {
		return
	}
	switch err := w.folder(rel, real, above); {
	case err == nil, errors.Is(err, fs.ErrNotExist): // gone meanwhile
	default:
		w.unread = append(w.unread, rel)
		w.warn(rel, "skipped: %w", err)
	}
}

// handler takes a folder in as a handler, if it has Go files.
func (w *search) handler(rel, real string, above []string) bool {
	full := filepath.Join(w.root, filepath.FromSlash(rel))
	entries, err := os.ReadDir(full)
	if err != nil {
		return false // reported as a folder
	}
	var names []string
	var files []digest
	for _, e := range entries {
		name := e.Name()
		info, err := os.Stat(filepath.Join(full, name))
		if err != nil {
			continue
		}
		if !info.IsDir() && isGo(name) {
			names = append(names, name)
			files = append(files, w.digest(filepath.Join(full, name), info))
		}
	}
	if len(names) == 0 {
		return false
	}
	w.folders = append(w.folders, real)
	w.add(source{rel2path(strings.TrimSuffix(rel, folderSuffix)), rel, full, true, join(names, files)})
	for _, e := range entries { // packages of its own
		if sub := filepath.Join(real, e.Name()); e.IsDir() && e.Name()[0] != '.' {
			w.packages(path.Join(rel, e.Name()), sub)
		}
	}
	return true
}

// packages takes in the folders below a folder handler, which hold no handlers.
func (w *search) packages(rel, real string) {
	entries, err := os.ReadDir(real)
	if err != nil {
		return // gone meanwhile, or not for us: the script that imports it will tell
	}
	w.folders = append(w.folders, real)
	for _, e := range entries {
		at, sub := path.Join(rel, e.Name()), filepath.Join(real, e.Name())
		switch info, err := os.Stat(sub); {
		case err != nil || e.Name()[0] == '.':
		case e.IsDir():
			w.packages(at, sub)
		case isGo(e.Name()):
			w.share(at, w.digest(sub, info))
		}
	}
}

// file takes in what may be a handler, or code that handlers share.
func (w *search) file(rel, name, real string, info fs.FileInfo) {
	full := filepath.Join(w.root, filepath.FromSlash(rel))
	switch {
	case strings.HasSuffix(name, fileSuffix):
		if folder := filepath.Dir(real); !slices.Contains(w.folders, folder) {
			w.folders = append(w.folders, folder) // a link: its target is written elsewhere
		}
		if w.wanted(path.Dir(rel)) {
			w.add(source{rel2path(strings.TrimSuffix(rel, fileSuffix)), rel, full, false, w.digest(full, info)})
		}
	case rel == "go.mod":
		d := w.digest(full, info)
		w.share(rel, d)
		if len(d.names) > 0 {
			w.module = d.names[0]
		}
	case isGo(name):
		w.share(rel, w.digest(full, info))
	}
}

func rel2path(rel string) string { return "/" + rel }

// share takes in code that handlers may import.
func (w *search) share(rel string, d digest) { fmt.Fprintf(w.shared, "%q %q\n", rel, d.sum) }

// add takes in a handler. If a file and a folder claim one path, the file has it.
func (w *search) add(s source) {
	at, taken := w.paths[s.path]
	if !taken {
		w.paths[s.path] = len(w.sources)
		w.sources = append(w.sources, s)
		return
	}
	loser := s
	if !s.folder {
		loser, w.sources[at] = w.sources[at], s
	}
	w.warn(loser.script, "not served: %s serves %s already", w.sources[at].script, s.path)
}

// digest reads a file, if it may have changed.
func (w *search) digest(name string, info fs.FileInfo) digest {
	m := w.scanner.files[name]
	if !m.holds(info) {
		m = remembered{info: info, at: time.Now()}
		m.digest = read(name)
	}
	w.files[name] = m
	return m.digest
}
