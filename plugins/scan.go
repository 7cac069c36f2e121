package plugins

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"wshd/plugins/script"
	"wshd/plugins/wsh/urlpath"
)

const (
	fileSuffix   = "_wsh.go"
	folderSuffix = "_wsh"
	pythonSuffix = "_wsh.py"
)

// source is a script as it is found.
type source struct {
	path   string // of the URL, not escaped
	script string // relative to the root, with slashes
	file   string // to be opened
	folder bool
	digest
	module script.Module // of the root
	shared string        // digests of what it imports from there
}

// found is what there is below the root at one time.
type found struct {
	sources  []source
	folders  []string // where to watch
	names    int      // in those that were read
	goMod    string   // what tells one go.mod from the next; "": there is none
	unread   []string // folders of the root that could not be read: what was in them may still be
	warnings []Event
}

// imports is what the handlers import together, and by which go.mod.
func (f found) imports() string {
	var names []string
	for _, s := range f.sources {
		names = append(names, s.names...)
	}
	slices.Sort(names)
	return f.goMod + "\n" + strings.Join(slices.Compact(names), "\n")
}

// mayHold reports whether a script may still be there, in a folder that could not be read.
func (f found) mayHold(script string) bool {
	return slices.ContainsFunc(f.unread, func(folder string) bool { return strings.HasPrefix(script+"/", folder+"/") })
}

// scanner finds scripts. It remembers the digests of files, and which folders held something, from one
// time to the next.
type scanner struct {
	root, scan string
	outside    bool
	files      map[string]remembered
	filled     map[string]os.FileInfo
	looked     map[string]looked
}

// search is one run of a scanner.
type search struct {
	*scanner
	found
	real     string // the root's own path, without links
	files    map[string]remembered
	filled   map[string]os.FileInfo
	looked   map[string]looked
	module   script.Module
	packages map[string]digest // that scripts import, by folder
	paths    map[string]int    // index into sources
	watched  map[string]bool   // the folders
}

// find looks through the whole root. Its error is the root's.
func (s *scanner) find() (found, error) {
	real, err := realPath(s.root)
	if err != nil {
		return found{}, err
	}
	w := &search{
		scanner: s, real: real, files: map[string]remembered{}, filled: map[string]os.FileInfo{}, looked: map[string]looked{},
		packages: map[string]digest{}, paths: map[string]int{}, watched: map[string]bool{}, module: script.ReadModule(s.root),
	}
	if err := w.folder("", real, nil); err != nil {
		return found{}, err
	}
	if info, err := os.Stat(filepath.Join(s.root, "go.mod")); err == nil {
		w.goMod = fmt.Sprint(info.Size(), info.ModTime())
	}
	for i := range w.sources {
		w.sources[i].module = w.module
		w.sources[i].shared = w.depends(w.sources[i])
	}
	s.files, s.filled, s.looked = w.files, w.filled, w.looked
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
	w.warnings = append(w.warnings, Event{Kind: Warning, Script: rel, Err: err, Unserved: true})
}

// folder looks through one folder. real is its path without links, above those of the folders that
// the way led through: to come back to one of them would be to go round in circles.
func (w *search) folder(rel, real string, above []string) error {
	entries, err := w.entries(rel)
	if err != nil {
		return err
	}
	w.names += len(entries)
	w.watch(real)
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
			if w.wanted(rel) {
				w.misnamed(at, info, entries)
			}
		}
	}
	if python != "" && w.wanted(rel) {
		w.warn(rel, "Python handlers such as %s are not run; docs/coming-from-pywebsocket.md says how to write them in Go", python)
		w.warnings[len(w.warnings)-1].Unserved = false // they were never to be
	}
	return nil
}

// errUnmounted is what an empty folder is that stands where another held something.
var errUnmounted = errors.New("it is empty and another folder than before, as where a volume was unmounted")

// entries lists a folder. One that has been emptied has no entries; but the place where a volume was
// mounted is another folder, and what it held may come back.
func (w *search) entries(rel string) ([]fs.DirEntry, error) {
	dir, err := os.Open(filepath.Join(w.root, filepath.FromSlash(rel)))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	info, err := dir.Stat()
	if err != nil {
		return nil, err
	}
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	was := w.scanner.filled[rel]
	switch {
	case err != nil:
		return nil, err
	case len(entries) > 0:
		w.filled[rel] = info
	case was != nil && !os.SameFile(was, info):
		w.filled[rel] = was
		return nil, errUnmounted
	}
	return entries, nil
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

// watch takes in a folder in which changes count.
func (w *search) watch(folder string) {
	if !w.watched[folder] {
		w.watched[folder] = true
		w.folders = append(w.folders, folder)
	}
}

// enter looks into a folder of a folder: it is a handler, or holds some.
func (w *search) enter(rel, name, real string, above []string) {
	if name == "vendor" || slices.Contains(above, real) {
		return
	}
	if strings.HasSuffix(name, folderSuffix) && w.wanted(path.Dir(rel)) && w.handler(rel, real) {
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
func (w *search) handler(rel, real string) bool {
	full := filepath.Join(w.root, filepath.FromSlash(rel))
	names, infos := goFiles(full)
	if len(names) == 0 {
		return false
	}
	w.names += len(names)
	var files []digest
	for i, name := range names {
		files = append(files, w.digest(filepath.Join(full, name), infos[i]))
	}
	if info, err := os.Stat(full); err == nil {
		w.filled[rel] = info
	}
	w.watch(real)
	w.add(source{path: rel2path(strings.TrimSuffix(rel, folderSuffix)), script: rel, file: full, folder: true, digest: join(names, files)})
	return true
}

// file takes in what may be a handler.
func (w *search) file(rel, name, real string, info fs.FileInfo) {
	full := filepath.Join(w.root, filepath.FromSlash(rel))
	if !strings.HasSuffix(name, fileSuffix) {
		return
	}
	w.watch(filepath.Dir(real)) // of a link, whose target is written elsewhere, another folder
	if w.wanted(path.Dir(rel)) {
		w.add(source{path: rel2path(strings.TrimSuffix(rel, fileSuffix)), script: rel, file: full, digest: w.digest(full, info)})
	}
}

func rel2path(rel string) string { return "/" + rel }

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
	w.warn(loser.script, "not served: %s serves %s already", w.sources[at].script, urlpath.Escape(s.path))
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
