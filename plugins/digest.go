package plugins

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// racy is the age below which a file may have been written twice without its time or size telling:
// file systems keep times as coarse as two seconds.
const racy = 3 * time.Second

// digest stands for a file's content.
type digest struct {
	sum   string
	empty bool
	names []string // what a Go file imports; of a go.mod, its module
}

// remembered is a digest with what tells that it still holds.
type remembered struct {
	digest
	info os.FileInfo
	at   time.Time
}

// holds reports whether the file that info describes has the content it had then.
func (m remembered) holds(info os.FileInfo) bool {
	if m.info == nil || !os.SameFile(m.info, info) || m.info.Size() != info.Size() || !m.info.ModTime().Equal(info.ModTime()) {
		return false
	}
	return m.at.Sub(info.ModTime()) > racy
}

// read digests a file. What cannot be read has a digest too, so that it changes once it can.
func read(name string) digest {
	text, err := readRegular(name)
	if err != nil {
		return digest{sum: "unreadable: " + err.Error()}
	}
	sum := sha256.Sum256(text)
	d := digest{sum: string(sum[:]), empty: len(bytes.TrimSpace(text)) == 0}
	if filepath.Base(name) == "go.mod" {
		d.names = []string{modulePath(string(text))}
		return d
	}
	// A file that does not parse has what comes before its error.
	f, _ := parser.ParseFile(token.NewFileSet(), "", text, parser.ImportsOnly)
	if f != nil {
		for _, spec := range f.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil {
				d.names = append(d.names, path)
			}
		}
	}
	return d
}

// readRegular reads a file, but no pipe or device, which would block.
func readRegular(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// modulePath is what a go.mod calls its module; handlers if it does not say.
func modulePath(text string) string {
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) >= 2 && words[0] == "module" {
			return strings.Trim(words[1], "\"`")
		}
	}
	return defaultModule
}

const defaultModule = "handlers"

// join makes one digest of the files of a folder handler.
func join(names []string, files []digest) digest {
	h := sha256.New()
	all := digest{empty: true}
	for i, f := range files {
		fmt.Fprintf(h, "%q %q\n", names[i], f.sum)
		all.empty = all.empty && f.empty
		all.names = append(all.names, f.names...)
	}
	all.sum = string(h.Sum(nil))
	return all
}

// uses reports whether one of the imports is of the module.
func (d digest) uses(module string) bool {
	for _, path := range d.names {
		if path == module || strings.HasPrefix(path, module+"/") {
			return true
		}
	}
	return false
}

// isGo reports whether a file is part of a Go package when it runs.
func isGo(name string) bool {
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name[0] != '.' && name[0] != '_'
}

// readScript digests a script as it stands now.
func readScript(s source) digest {
	if !s.folder {
		return read(s.file)
	}
	entries, err := os.ReadDir(s.file)
	if err != nil {
		return digest{sum: "unreadable: " + err.Error()}
	}
	var names []string
	var files []digest
	for _, e := range entries {
		if isGo(e.Name()) {
			names = append(names, e.Name())
			files = append(files, read(filepath.Join(s.file, e.Name())))
		}
	}
	return join(names, files)
}
