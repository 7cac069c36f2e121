// Package documents is the files below a document root that plain requests may get: regular files, in the
// root, none that are hidden, a handler's source, or named by the configuration.
package documents

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Config says what there is.
type Config struct {
	Root         string   // the document root, a folder
	OutsideLinks bool     // links may lead out of it
	Handlers     string   // the handler root, whose sources are not sent; "": there is none
	Secrets      []string // files that the configuration names, which are not sent, nor copies of them beside them
}

// Root is a document root. Make one with Open.
type Root struct {
	c        Config
	dir      string // without links
	handlers string // without links
}

// Open finds the document root.
func Open(c Config) (*Root, error) {
	r := &Root{c: c}
	var err error
	if r.dir, err = plain(c.Root); err != nil {
		return nil, err
	}
	if c.Handlers != "" {
		if r.handlers, err = plain(c.Handlers); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// plain is an absolute name without links.
func plain(name string) (string, error) {
	full, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(full)
}

// Found is a file or folder below the root.
type Found struct {
	Path string // from the root, links followed: /a/b; "" if a link has led out of it
	Name string // for the system
	File string // the same without links
	Info fs.FileInfo
}

// ErrWithheld is the error for what is there and is not sent. Its text says why.
var ErrWithheld = errors.New("not sent")

func withheld(why string) error { return fmt.Errorf("%w: %s", ErrWithheld, why) }

// Find finds what a path such as /a/b leads to. An error is ErrWithheld, or what the system says of a file
// that is not there.
func (r *Root) Find(path string) (Found, error) {
	name := strings.Trim(path, "/")
	if name == "" {
		name = "."
	}
	if !fs.ValidPath(name) || strings.ContainsRune(name, 0) {
		return Found{}, fs.ErrNotExist
	}
	full := filepath.Join(r.dir, filepath.FromSlash(name))
	file, err := filepath.EvalSymlinks(full)
	if err != nil {
		return Found{}, err
	}
	f := Found{Name: full, File: file}
	rel, err := filepath.Rel(r.dir, file)
	switch {
	case err == nil && filepath.IsLocal(rel):
		if f.Path = "/"; rel != "." {
			f.Path += filepath.ToSlash(rel)
		}
	case !r.c.OutsideLinks:
		return Found{}, withheld("it is a link out of the document root; allow_outside_links follows such")
	}
	if f.Info, err = os.Lstat(file); err != nil {
		return Found{}, err
	}
	return f, r.may(name, f)
}

// may returns an error for what is not sent.
func (r *Root) may(name string, f Found) error {
	switch {
	case f.Info.IsDir():
	case !f.Info.Mode().IsRegular():
		return withheld("it is no regular file")
	case r.isSecret(f):
		return withheld("the configuration names it, or what it is a copy of")
	case r.isSource(f.File):
		return withheld("it is a source of handlers")
	}
	if Hidden(name) || Hidden(strings.TrimPrefix(f.Path, "/")) {
		return withheld("it is hidden")
	}
	return nil
}

// Open implements fs.FS for what Find finds. It does not wait for what may never come, such as the other end
// of a pipe that takes the file's place.
func (r *Root) Open(name string) (fs.File, error) {
	f, err := r.Find(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return f.open()
}

func (f Found) open() (*os.File, error) {
	file, err := os.OpenFile(f.File, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || !os.SameFile(info, f.Info) {
		file.Close()
		return nil, &fs.PathError{Op: "open", Path: f.File, Err: fs.ErrNotExist} // it was replaced meanwhile
	}
	return file, nil
}
