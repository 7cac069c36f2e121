// Package regular reads files that people name in a configuration or lay into a folder of handlers: whole,
// and only if they are regular and of bounded size. A device has no end, and to open a pipe would wait for
// who writes to it.
package regular

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Most is how many bytes a file may have.
const Most = 16 << 20

// Read reads a file. A byte order mark before UTF-8, as some editors write it, is no part of it, and text in
// UTF-16 is an error. An error is an *fs.PathError.
func Read(name string) ([]byte, error) {
	text, err := read(name)
	if err == nil && isUTF16(text) {
		err = errors.New("it is UTF-16: save it as UTF-8")
	}
	if err == nil {
		return bytes.TrimPrefix(text, []byte("\ufeff")), nil
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: err}
}

func read(name string) ([]byte, error) {
	info, err := os.Stat(name) // before it is opened, which some devices heed
	if err != nil {
		return nil, err
	}
	if err := check(info); err != nil {
		return nil, err
	}
	// What /proc and /sys call regular files may keep who reads them waiting, unless told not to.
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err == nil {
		err = check(info)
	}
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, Most+1))
	if err == nil && len(text) > Most {
		err = fmt.Errorf("it has more than %d MiB", Most>>20)
	}
	return text, err
}

func check(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return syscall.EISDIR
	case mode&fs.ModeNamedPipe != 0:
		return errors.New("it is a pipe, not a regular file")
	case mode&fs.ModeDevice != 0:
		return errors.New("it is a device, not a regular file")
	case !mode.IsRegular():
		return errors.New("it is no regular file")
	case info.Size() > Most:
		return fmt.Errorf("it has more than %d MiB", Most>>20)
	}
	return nil
}

// isUTF16 reports whether text begins with a byte order mark of UTF-16 and a character of ASCII. A secret may
// begin with any bytes, and hardly with those.
func isUTF16(text []byte) bool {
	if len(text) < 4 || len(text)%2 != 0 {
		return false
	}
	little := text[0] == 0xff && text[1] == 0xfe && text[3] == 0
	big := text[0] == 0xfe && text[1] == 0xff && text[2] == 0
	return little || big
}
