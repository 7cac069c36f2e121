package begin

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"wshd/cmd/wshd/hint"
	"wshd/plugins/wsh/regular"
)

// Update brings the API's source in a folder up to date with this wshd, after an upgrade, and reports how many
// files were not. Nothing else in the folder is touched.
func Update(dir string) (changed int, err error) {
	if _, err := os.Stat(filepath.Join(dir, apiFolder, "go.mod")); err != nil {
		return 0, hint.With(fmt.Errorf("init --update: %s: there is no %s of wshd init", dir, apiFolder), "wshd init "+hint.ShellQuote(dir)+" lays it")
	}
	files, err := api()
	if err != nil {
		return 0, err
	}
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if old, err := regular.Read(file); err == nil && bytes.Equal(old, text) {
			continue
		}
		changed++
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			return changed, fmt.Errorf("make the folder of %s: %w", file, hint.Cause(err))
		}
		if err := replaceFile(file, text); err != nil {
			return changed, err
		}
	}
	gone, err := removeOld(dir, files)
	return changed + gone, err
}

// removeOld removes what an earlier wshd has laid and this one would not.
func removeOld(dir string, files map[string][]byte) (gone int, err error) {
	err = filepath.WalkDir(filepath.Join(dir, apiFolder, "plugins"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil || files[filepath.ToSlash(rel)] != nil {
			return err
		}
		gone++
		return os.Remove(name)
	})
	return gone, err
}

// replaceFile puts a text in the place of a file at once: who reads it meanwhile reads either.
func replaceFile(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, hint.Cause(err))
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
