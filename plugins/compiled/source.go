package compiled

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"wshd"
)

//go:generate go run ./gen

// modulesZip is the source of the modules of needs, without their tests.
//
//go:embed modules.zip
var modulesZip []byte

// need is a module that wshd's source, as handlers see it, needs.
type need struct{ path, version string }

// needs are those; a test holds them against go.mod.
func needs() []need {
	return []need{{"github.com/coder/websocket", "v1.8.15"}, {"github.com/klauspost/compress", "v1.20.4"}}
}

// sourceMod is the go.mod of wshd's source as handlers see it: it asks for no more than they need.
func sourceMod() string {
	text := "module wshd\n\ngo 1.26\n"
	for _, n := range needs() {
		text += "\nrequire " + n.path + " " + n.version + "\n"
	}
	return text
}

// sources is the folder of all that in the cache, by what it holds; source that of wshd's own.
func (b *Builder) sources() string { return filepath.Join(b.c.Cache, "wshd-"+sourceDigest()[:16]) }
func (b *Builder) source() string  { return filepath.Join(b.sources(), "wshd") }

// sourceDigest tells one wshd's source from another's.
func sourceDigest() string {
	h := sha256.New()
	_ = eachSource(func(name string, text []byte) error { // nothing fails: it is in memory
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
		return nil
	})
	h.Write(modulesZip)
	return hex.EncodeToString(h.Sum(nil))
}

// eachSource is called with each file of wshd's source, but for tests.
func eachSource(f func(name string, text []byte) error) error {
	if err := f("go.mod", []byte(sourceMod())); err != nil {
		return err
	}
	return fs.WalkDir(wshd.Source, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := fs.ReadFile(wshd.Source, name)
		if err != nil {
			return err
		}
		return f(name, text)
	})
}

// laySource writes both into the cache, unless they are there. Others may do so at the same time.
func (b *Builder) laySource() error {
	final := b.sources()
	if _, err := os.Stat(final); err == nil {
		return nil
	}
	made, err := os.MkdirTemp(b.c.Cache, "source-")
	if err != nil {
		return fmt.Errorf("scripts.cache: %w", err)
	}
	defer os.RemoveAll(made)
	err = eachSource(func(name string, text []byte) error { return writeFile(filepath.Join(made, "wshd"), name, text) })
	if err != nil {
		return err
	}
	if err := unzip(modulesZip, made); err != nil {
		return err
	}
	if err := os.Rename(made, final); err != nil && !errors.Is(err, fs.ErrExist) {
		if _, there := os.Stat(final); there != nil {
			return fmt.Errorf("scripts.cache: %w", err)
		}
	}
	return nil
}

func unzip(text []byte, to string) error {
	z, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return err
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			return err
		}
		text, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
		if err := writeFile(to, f.Name, text); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(root, name string, text []byte) error {
	file := filepath.Join(root, filepath.FromSlash(path.Clean("/"+name)))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
