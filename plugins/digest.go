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
	"time"

	"wshd/plugins/wsh/pattern"
)

// timeGranularity is the age below which a file may have been written twice without its time or size telling:
// file systems keep times as coarse as two seconds.
const timeGranularity = 3 * time.Second

// digest stands for a file's content.
type digest struct {
	sum   string
	empty bool
	names []string // what it imports

	declared []pattern.Declared // the paths that it says
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
	return m.at.Sub(info.ModTime()) > timeGranularity
}

// read digests a file. What cannot be read has a digest too, so that it changes once it can.
func read(name string) digest {
	text, err := readRegular(name)
	if err != nil {
		return digest{sum: "unreadable: " + err.Error()}
	}
	sum := sha256.Sum256(text)
	d := digest{sum: string(sum[:]), empty: len(bytes.TrimSpace(text)) == 0, declared: pattern.Of(name, text)}
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

// join makes one digest of the files of a package.
func join(names []string, files []digest) digest {
	h := sha256.New()
	all := digest{empty: true}
	for i, f := range files {
		fmt.Fprintf(h, "%q %q\n", names[i], f.sum)
		all.empty = all.empty && f.empty
		all.names = append(all.names, f.names...)
		all.declared = append(all.declared, f.declared...)
	}
	all.sum = string(h.Sum(nil))
	return all
}

// readFolder digests the Go files of a folder as they stand now.
func readFolder(folder string) digest {
	names, _ := goFiles(folder)
	var files []digest
	for _, name := range names {
		files = append(files, read(filepath.Join(folder, name)))
	}
	return join(names, files)
}
