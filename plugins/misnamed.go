package plugins

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"wshd/plugins/wsh/regular"
)

// misnamed warns of a file that was to be a handler, as its name or what stands in it tells, and is none.
// Where the handler of the right name is there too, it is a copy of it.
func (w *search) misnamed(rel string, info fs.FileInfo, entries []fs.DirEntry) {
	folder, name := path.Split(rel)
	right := rightName(name, func() bool { return w.holdsHooks(rel, info) })
	if right == "" || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == right }) {
		return
	}
	w.warn(rel, "it is no handler by this name: call it %s", path.Join(folder, right))
	w.warnings[len(w.warnings)-1].Unserved = false // it was never to be
}

// separated are names whose last word is set off by something other than an underscore.
var separated = regexp.MustCompile(`(?i)^(.+?)[-. ]+wsh\.go$`)

// copied are names that systems give a copy, in whatever language, and what is left of Python's: chat_wsh (1).go,
// chat_wsh - Kopie.go, chat_wsh.py.go. numbered are those that people give one, in files that hold a handler's hooks.
var (
	copied   = regexp.MustCompile(`(?i)^(.*wsh)(?:[ (].*|\.py)\.go$`)
	numbered = regexp.MustCompile(`(?i)^(.*wsh)[-_.]*(?:v?[0-9]+|copy|old|new|bak|backup|orig)\.go$`)
)

// similar are last words that are taken for wsh, in files that hold a handler's hooks.
var similar = regexp.MustCompile(`(?i)(wsh|[-_. ](ws|whs|hws|swh|wsg|wsj|wssh|wshh|wwsh|wshs|wsgi|websocket|handler))$`)

// rightName is the name that a file should have; "" if it is none of a handler, or right.
func rightName(name string, holdsHooks func() bool) string {
	lower := strings.ToLower(name)
	switch {
	case strings.HasSuffix(name, fileSuffix):
		return ""
	case strings.HasSuffix(lower, ".go.txt"), strings.HasSuffix(lower, ".go.go"): // as systems that hide the last part have it
		return rightNameOf(name[:strings.LastIndexByte(name, '.')], func() bool { return false })
	case strings.HasSuffix(lower, fileSuffix):
		return withSuffix(name, len(fileSuffix))
	case strings.HasSuffix(lower, folderSuffix): // which is a file here
		return withSuffix(name, len(folderSuffix))
	case strings.HasSuffix(lower, "_test.go"), !strings.HasSuffix(lower, ".go"):
		return ""
	}
	if m := separated.FindStringSubmatch(name); m != nil {
		return m[1] + fileSuffix
	}
	end := name[len(name)-len(".go"):]
	if m := copied.FindStringSubmatch(name); m != nil {
		return rightNameOf(m[1]+end, holdsHooks)
	}
	if !holdsHooks() {
		return ""
	}
	if m := numbered.FindStringSubmatch(name); m != nil {
		return rightNameOf(m[1]+end, holdsHooks)
	}
	stem := name[:len(name)-len(".go")]
	if at := similar.FindStringIndex(stem); at != nil && at[0] > 0 {
		stem = stem[:at[0]]
	}
	return stem + fileSuffix
}

// rightNameOf is the name that a file should have whose name is another with something added: that, if it is right.
func rightNameOf(name string, holdsHooks func() bool) string {
	if strings.HasSuffix(name, fileSuffix) {
		return name
	}
	return rightName(name, holdsHooks)
}

// withSuffix gives a name the suffix of handlers in place of its last bytes. One in capitals alone comes from
// a system that knows no others.
func withSuffix(name string, last int) string {
	if name == strings.ToUpper(name) {
		name = strings.ToLower(name)
	}
	return name[:len(name)-last] + fileSuffix
}

// hook is the beginning of a hook that every handler has one of, and mainPackage what makes a program of a file.
var (
	hook        = regexp.MustCompile(`(?m)^func (TransferData\(\w+ \*wsh\.Request\)|ServeHTTP\(\w+ http\.ResponseWriter\b)`)
	mainPackage = regexp.MustCompile(`(?m)^package main\b`)
)

// looked is whether a file held hooks when it was what info tells.
type looked struct {
	info  fs.FileInfo
	hooks bool
}

// holdsHooks reports whether a Go file has the hooks of a handler. It is read when it has changed.
func (w *search) holdsHooks(rel string, info fs.FileInfo) bool {
	was, ok := w.scanner.looked[rel]
	if !ok || !os.SameFile(was.info, info) || !was.info.ModTime().Equal(info.ModTime()) || was.info.Size() != info.Size() {
		text, err := regular.Read(filepath.Join(w.root, filepath.FromSlash(rel)))
		was = looked{info, err == nil && mainPackage.Match(text) && hook.Match(text)}
	}
	w.looked[rel] = was
	return was.hooks
}
